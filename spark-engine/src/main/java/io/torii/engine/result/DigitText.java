package io.torii.engine.result;

/** Decimal digits written straight into the column. */
final class DigitText {

  private DigitText() {}

  static void putLong(long value, ColumnBuffer out) {
    putScaled(value, 0, out);
  }

  /** {@code unscaled} with {@code scale} digits behind the point, a zero before a bare point, never an exponent. */
  static void putScaled(long unscaled, int scale, ColumnBuffer out) {
    if (unscaled == Long.MIN_VALUE) { // has no positive twin
      out.putText(java.math.BigDecimal.valueOf(unscaled, scale).toPlainString());
      return;
    }
    long rest = Math.abs(unscaled);
    int digits = Math.max(digits(rest), scale + 1);
    int length = digits + (scale > 0 ? 1 : 0) + (unscaled < 0 ? 1 : 0);
    int first = out.reserve(length);
    byte[] bytes = out.array();
    int at = first + length;
    for (int i = 0; i < digits; i++) {
      if (i == scale && scale > 0) bytes[--at] = '.';
      long shorter = rest / 10;
      bytes[--at] = (byte) ('0' + (rest - shorter * 10));
      rest = shorter;
    }
    if (unscaled < 0) bytes[first] = '-';
  }

  /** Exactly two digits. */
  static void putTwo(int value, byte[] bytes, int at) {
    bytes[at] = (byte) ('0' + value / 10);
    bytes[at + 1] = (byte) ('0' + value % 10);
  }

  /** A point and the digits of a fraction of {@code digits} places, without the zeros at its end; nothing for zero. */
  static void putFraction(int value, int digits, ColumnBuffer out) {
    if (value == 0) return;
    int shown = digits;
    while (value % 10 == 0) {
      value /= 10;
      shown--;
    }
    int at = out.reserve(shown + 1);
    byte[] bytes = out.array();
    bytes[at] = '.';
    for (int i = at + shown; i > at; i--) {
      bytes[i] = (byte) ('0' + value % 10);
      value /= 10;
    }
  }

  private static int digits(long value) {
    int digits = 1;
    for (long bound = 10; digits < 19 && value >= bound; bound *= 10) digits++;
    return digits;
  }
}
