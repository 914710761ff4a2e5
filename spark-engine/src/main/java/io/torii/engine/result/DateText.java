package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.DateFormatter;

/** DATE: yyyy-MM-dd, and Spark's own text for years of another length. */
final class DateText implements ValueText {

  private static final int LENGTH = 10;

  private final DateFormatter other = DateFormatter.apply();

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    put(values.getInt(ordinal), out);
  }

  /** The text with its length before it. */
  void putSized(int days, ColumnBuffer out) {
    int begun = out.beginValue();
    put(days, out);
    out.endValue(begun);
  }

  private void put(int days, ColumnBuffer out) {
    if (CivilDate.hasFourDigitYear(days)) {
      int at = out.reserve(LENGTH);
      CivilDate.put(days, out.array(), at);
    } else {
      out.putText(other.format(days));
    }
  }
}
