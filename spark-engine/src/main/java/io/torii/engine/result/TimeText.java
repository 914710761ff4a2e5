package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** TIME, stored as nanoseconds of the day: HH:mm:ss, then the fraction without its last zeros. */
final class TimeText implements ValueText {

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    long nanos = values.getLong(ordinal);
    int at = out.reserve(8);
    putClock((int) (nanos / 1000000000L), out.array(), at);
    DigitText.putFraction((int) (nanos % 1000000000L), 9, out);
  }

  /** Writes eight bytes. */
  static void putClock(int secondOfDay, byte[] bytes, int at) {
    DigitText.putTwo(secondOfDay / 3600, bytes, at);
    bytes[at + 2] = ':';
    DigitText.putTwo(secondOfDay / 60 % 60, bytes, at + 3);
    bytes[at + 5] = ':';
    DigitText.putTwo(secondOfDay % 60, bytes, at + 6);
  }
}
