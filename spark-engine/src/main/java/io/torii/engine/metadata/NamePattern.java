package io.torii.engine.metadata;

import java.util.regex.Pattern;

/**
 * A pattern for names as clients send them: SQL's {@code %} and {@code _} with {@code \} before a literal one, and Hive's
 * {@code *}, {@code .*} and {@code |}. Nothing given matches everything; case does not matter.
 */
final class NamePattern {

  private final Pattern regex;

  private NamePattern(Pattern regex) {
    this.regex = regex;
  }

  static NamePattern of(String pattern) {
    if (pattern == null || pattern.isEmpty()) return new NamePattern(null);
    String regex = toRegex(pattern);
    boolean everything = regex.equals(".*");
    int flags = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL;
    return new NamePattern(everything ? null : Pattern.compile(regex, flags));
  }

  boolean matches(String name) {
    return regex == null || regex.matcher(name).matches();
  }

  boolean matchesEverything() {
    return regex == null;
  }

  private static String toRegex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      char next = i + 1 < pattern.length() ? pattern.charAt(i + 1) : 0;
      if (c == '\\' && next != 0) {
        regex.append(Pattern.quote(String.valueOf(next)));
        i++;
      } else if (c == '%' || c == '*') {
        regex.append(".*");
      } else if (c == '.' && next == '*') {
        regex.append(".*");
        i++;
      } else if (c == '_') {
        regex.append('.');
      } else if (c == '|') {
        regex.append('|');
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    return regex.toString();
  }
}
