package io.torii.engine.result;

/** Days since 1970 as yyyy-MM-dd, for the years that take four digits. */
final class CivilDate {

  private static final long FIRST_DAY = -719162; // 0001-01-01
  private static final long LAST_DAY = 2932896; // 9999-12-31

  /** "-MM-dd" of each day of a year that begins in March, so that the leap day is its last. */
  private static final long[] MONTH_AND_DAY = new long[366];

  private static final int JANUARY = 306;

  static {
    for (int dayOfYear = 0; dayOfYear < MONTH_AND_DAY.length; dayOfYear++) {
      int month = (5 * dayOfYear + 2) / 153; // 0 is March
      int day = dayOfYear - (153 * month + 2) / 5 + 1;
      long monthDigits = DigitText.pair(month < 10 ? month + 3 : month - 9);
      MONTH_AND_DAY[dayOfYear] = (long) '-' << 40 | monthDigits << 24 | (long) '-' << 16 | DigitText.pair(day);
    }
  }

  private CivilDate() {}

  static boolean hasFourDigitYear(long days) {
    return days >= FIRST_DAY && days <= LAST_DAY;
  }

  /** Writes ten bytes. */
  static void put(int days, byte[] bytes, int at) {
    int sinceMarchZero = days + 719468; // 0000-03-01
    int century = (4 * sinceMarchZero + 3) / 146097;
    int dayOfCentury = sinceMarchZero - 146097 * century / 4;
    int yearOfCentury = (4 * dayOfCentury + 3) / 1461;
    int dayOfYear = dayOfCentury - 1461 * yearOfCentury / 4;
    int year = century * 100 + yearOfCentury + (dayOfYear >= JANUARY ? 1 : 0);
    int upper = year / 100;
    DigitText.putTwo(upper, bytes, at);
    BigEndian.putLong(bytes, at + 2, (long) DigitText.pair(year - upper * 100) << 48 | MONTH_AND_DAY[dayOfYear]);
  }
}
