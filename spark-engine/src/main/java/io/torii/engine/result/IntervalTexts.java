package io.torii.engine.result;

import org.apache.spark.sql.catalyst.util.IntervalStringStyles;
import org.apache.spark.sql.catalyst.util.IntervalUtils;
import org.apache.spark.sql.types.DayTimeIntervalType;
import org.apache.spark.sql.types.YearMonthIntervalType;

/** Intervals in Hive's form: {@code 1 02:03:04.500000000} and {@code 0-3}. */
final class IntervalTexts {

  /** Microseconds in a day, an hour and a minute: DayTimeIntervalType numbers its fields 0 to 3. */
  private static final long[] FIELD_MICROS = {86400000000L, 3600000000L, 60000000L, 1L};

  private IntervalTexts() {}

  /** What lies below the type's last field does not show. */
  static ValueText dayTime(DayTimeIntervalType type) {
    long unit = FIELD_MICROS[type.endField()];
    return (values, i, out) -> {
      long micros = values.getLong(i);
      out.putText(
          IntervalUtils.toDayTimeIntervalString(
              micros - micros % unit, IntervalStringStyles.HIVE_STYLE(), type.startField(), type.endField()));
    };
  }

  static ValueText yearMonth(YearMonthIntervalType type) {
    int unit = type.endField() == YearMonthIntervalType.YEAR() ? 12 : 1;
    return (values, i, out) -> {
      int months = values.getInt(i);
      out.putText(
          IntervalUtils.toYearMonthIntervalString(
              months - months % unit, IntervalStringStyles.HIVE_STYLE(), type.startField(), type.endField()));
    };
  }
}
