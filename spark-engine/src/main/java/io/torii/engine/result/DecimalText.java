package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.Decimal;

/** DECIMAL: plain digits, with as many behind the point as the type says. */
final class DecimalText implements ValueText {

  /** Decimals up to this precision are stored as one long. */
  private static final int LONG_DIGITS = 18;

  private final int precision;
  private final int scale;

  DecimalText(int precision, int scale) {
    this.precision = precision;
    this.scale = scale;
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    boolean unsafe = values instanceof UnsafeRow || values instanceof UnsafeArrayData;
    if (unsafe && precision <= LONG_DIGITS && scale >= 0) {
      DigitText.putScaled(values.getLong(ordinal), scale, out);
      return;
    }
    Decimal value = values.getDecimal(ordinal, precision, scale);
    out.putText(value.toJavaBigDecimal().toPlainString());
  }
}
