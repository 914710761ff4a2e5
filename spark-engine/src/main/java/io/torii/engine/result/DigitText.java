package io.torii.engine.result;

/** Decimal digits written straight into the column. */
final class DigitText {

  /** The two digits of each number below 100, the first in the higher byte. */
  private static final short[] PAIRS = new short[100];
  /** By the number of digits: the smallest number that has one more. */
  private static final long[] POWERS = new long[19];

  static {
    for (int i = 0; i < PAIRS.length; i++) PAIRS[i] = (short) ('0' + i / 10 << 8 | '0' + i % 10);
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) POWERS[i] = POWERS[i - 1] * 10;
  }

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
    int point = first + length - scale;
    if (scale > 0) {
      rest = putDigits(rest, scale, bytes, point);
      bytes[--point] = '.';
    }
    int whole = digits - scale;
    putDigits(rest, whole, bytes, point - whole);
    if (unscaled < 0) bytes[first] = '-';
  }

  /** The last {@code count} digits of a number, from {@code at} on; returns the digits before them. */
  private static long putDigits(long number, int count, byte[] bytes, int at) {
    long rest = number;
    int end = at + count;
    while (end > at && rest > Integer.MAX_VALUE) {
      long shorter = rest / 10;
      bytes[--end] = (byte) ('0' + (rest - shorter * 10));
      rest = shorter;
    }
    if (end == at) return rest;
    int small = (int) rest; // divides in half the time
    while (end - at >= 2) {
      int shorter = small / 100;
      int pair = small - shorter * 100;
      small = shorter;
      end -= 2;
      putTwo(pair, bytes, end);
    }
    if (end > at) {
      int shorter = small / 10;
      bytes[--end] = (byte) ('0' + (small - shorter * 10));
      small = shorter;
    }
    return small;
  }

  /** Exactly two digits. */
  static void putTwo(int value, byte[] bytes, int at) {
    BigEndian.putShort(bytes, at, PAIRS[value]);
  }

  /** Two digits as two bytes. */
  static int pair(int value) {
    return PAIRS[value];
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
    int bits = Long.SIZE - Long.numberOfLeadingZeros(value | 1);
    int fewest = bits * 1233 >> 12; // 1233 / 4096 is a little more than log10(2); one too few where the power is reached
    return fewest < POWERS.length && value >= POWERS[fewest] ? fewest + 1 : Math.max(1, fewest);
  }
}
