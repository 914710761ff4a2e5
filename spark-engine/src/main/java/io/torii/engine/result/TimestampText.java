package io.torii.engine.result;

import java.time.ZoneId;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.TimestampFormatter;

/** TIMESTAMP in a zone, and TIMESTAMP_NTZ as if in UTC: yyyy-MM-dd HH:mm:ss, then the fraction without its last zeros. */
final class TimestampText implements ValueText {

  private static final int SECONDS_PER_DAY = 86400;

  private final ZoneOffsets offsets;
  private final TimestampFormatter other;

  TimestampText(ZoneId zone) {
    offsets = new ZoneOffsets(zone);
    other = TimestampFormatter.getFractionFormatter(zone);
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    put(values.getLong(ordinal), out);
  }

  void put(long micros, ColumnBuffer out) {
    long second = Math.floorDiv(micros, 1000000L);
    long local = second + offsets.at(second);
    long day = Math.floorDiv(local, (long) SECONDS_PER_DAY);
    if (!CivilDate.hasFourDigitYear(day)) {
      out.putText(other.format(micros));
      return;
    }
    int at = out.reserve(19);
    byte[] bytes = out.array();
    CivilDate.put((int) day, bytes, at);
    bytes[at + 10] = ' ';
    TimeText.putClock((int) (local - day * SECONDS_PER_DAY), bytes, at + 11);
    DigitText.putFraction((int) (micros - second * 1000000L), 6, out);
  }
}
