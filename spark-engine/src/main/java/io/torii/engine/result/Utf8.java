package io.torii.engine.result;

import org.apache.spark.unsafe.Platform;

/** Says whether bytes are well-formed UTF-8, fast where they are ASCII. */
final class Utf8 {

  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8() {}

  static boolean isValid(byte[] bytes, int from, int length) {
    int at = from;
    int end = from + length;
    while (at + 8 <= end && (Platform.getLong(bytes, Platform.BYTE_ARRAY_OFFSET + at) & HIGH_BITS) == 0) at += 8;
    while (at < end) {
      int width = widthAt(bytes, at, end);
      if (width == 0) return false;
      at += width;
    }
    return true;
  }

  /** How many bytes the character at this place takes, or 0 if there is no whole, shortest, assigned-plane character. */
  private static int widthAt(byte[] bytes, int at, int end) {
    int first = bytes[at];
    if (first >= 0) return 1;
    int lead = first & 0xFF;
    int width = lead >= 0xC2 && lead <= 0xDF ? 2 : (lead & 0xF0) == 0xE0 ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    if (width == 0 || at + width > end) return 0;
    int second = bytes[at + 1] & 0xFF;
    int least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80; // shorter forms exist below
    int most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF; // surrogates, and beyond U+10FFFF
    if (second < least || second > most) return 0;
    for (int i = 2; i < width; i++) {
      if ((bytes[at + i] & 0xC0) != 0x80) return 0;
    }
    return width;
  }
}
