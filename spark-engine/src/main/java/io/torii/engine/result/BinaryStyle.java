package io.torii.engine.result;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** How bytes look where text is asked for: as spark.sql.binaryOutputStyle says on Spark 4, and as UTF-8 otherwise. */
enum BinaryStyle {
  UTF8,
  BASIC,
  BASE64,
  HEX,
  HEX_DISCRETE;

  private static final char[] DIGITS = "0123456789ABCDEF".toCharArray();

  static BinaryStyle of(String name) {
    for (BinaryStyle style : values()) {
      if (style.name().equalsIgnoreCase(name)) return style;
    }
    return UTF8;
  }

  String text(byte[] bytes) {
    switch (this) {
      case BASIC:
        return Arrays.toString(bytes);
      case BASE64:
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
      case HEX:
        return hex(bytes, "");
      case HEX_DISCRETE:
        return "[" + hex(bytes, " ") + "]";
      default:
        return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static String hex(byte[] bytes, String between) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < bytes.length; i++) {
      if (i > 0) text.append(between);
      text.append(DIGITS[bytes[i] >> 4 & 15]).append(DIGITS[bytes[i] & 15]);
    }
    return text.toString();
  }
}
