package io.torii.engine.result;

/** Days since 1970 as yyyy-MM-dd, for the years that take four digits. */
final class CivilDate {

  private static final long FIRST_DAY = -719162; // 0001-01-01
  private static final long LAST_DAY = 2932896; // 9999-12-31

  private CivilDate() {}

  static boolean hasFourDigitYear(long days) {
    return days >= FIRST_DAY && days <= LAST_DAY;
  }

  /** Writes ten bytes. Years begin in March here, so that the leap day is a year's last. */
  static void put(int days, byte[] bytes, int at) {
    int sinceMarchZero = days + 719468; // 0000-03-01
    int century = (4 * sinceMarchZero + 3) / 146097;
    int dayOfCentury = sinceMarchZero - 146097 * century / 4;
    int yearOfCentury = (4 * dayOfCentury + 3) / 1461;
    int dayOfYear = dayOfCentury - 1461 * yearOfCentury / 4;
    int month = (5 * dayOfYear + 2) / 153;
    int day = dayOfYear - (153 * month + 2) / 5 + 1;
    int year = century * 100 + yearOfCentury + (month >= 10 ? 1 : 0);
    DigitText.putTwo(year / 100, bytes, at);
    DigitText.putTwo(year % 100, bytes, at + 2);
    bytes[at + 4] = '-';
    DigitText.putTwo(month < 10 ? month + 3 : month - 9, bytes, at + 5);
    bytes[at + 7] = '-';
    DigitText.putTwo(day, bytes, at + 8);
  }
}
