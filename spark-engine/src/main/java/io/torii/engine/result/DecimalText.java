package io.torii.engine.result;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.Decimal;

/** DECIMAL: plain digits, with as many behind the point as the type says. */
final class DecimalText implements ValueText {

  /** Decimals up to this precision are stored as one long. */
  static final int LONG_DIGITS = 18;

  private final int precision;
  private final int scale;

  DecimalText(int precision, int scale) {
    this.precision = precision;
    this.scale = scale;
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    boolean unsafe = values instanceof UnsafeRow || values instanceof UnsafeArrayData;
    if (!unsafe || scale < 0) {
      BigDecimal value = values.getDecimal(ordinal, precision, scale).toJavaBigDecimal();
      out.putText(value.setScale(scale, RoundingMode.HALF_UP).toPlainString());
    } else if (precision <= LONG_DIGITS) {
      DigitText.putScaled(values.getLong(ordinal), scale, out);
    } else {
      putWide(values.getBinary(ordinal), out); // the unscaled value's bytes, as BigInteger has them
    }
  }

  /** A value of exactly this type. */
  void put(Decimal value, ColumnBuffer out) {
    BigInteger wide = precision <= LONG_DIGITS ? null : value.toJavaBigDecimal().unscaledValue();
    if (scale < 0) out.putText(value.toJavaBigDecimal().toPlainString());
    else if (wide == null) DigitText.putScaled(value.toUnscaledLong(), scale, out);
    else if (wide.bitLength() < Long.SIZE) DigitText.putScaled(wide.longValue(), scale, out);
    else out.putText(new BigDecimal(wide, scale).toPlainString());
  }

  private void putWide(byte[] unscaled, ColumnBuffer out) {
    if (unscaled.length > Long.BYTES) {
      out.putText(new BigDecimal(new BigInteger(unscaled), scale).toPlainString());
      return;
    }
    long value = unscaled[0]; // its sign is the number's
    for (int i = 1; i < unscaled.length; i++) value = value << 8 | unscaled[i] & 0xFF;
    DigitText.putScaled(value, scale, out);
  }
}
