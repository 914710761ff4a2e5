package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.DateFormatter;

/** DATE: yyyy-MM-dd, and Spark's own text for years of another length. */
final class DateText implements ValueText {

  private final DateFormatter other = DateFormatter.apply();

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    int days = values.getInt(ordinal);
    if (CivilDate.hasFourDigitYear(days)) {
      int at = out.reserve(10);
      CivilDate.put(days, out.array(), at);
    } else {
      out.putText(other.format(days));
    }
  }
}
