/** How the programs here word what they saw. */
final class Seen {
  private Seen() {}

  /** The messages of a failure and its causes. */
  static String refusal(Throwable failure) {
    StringBuilder messages = new StringBuilder("refused");
    for (Throwable each = failure; each != null; each = each.getCause()) {
      messages.append(": ").append(each.getMessage());
    }
    return messages.toString();
  }

  /** A string of JSON. */
  static String text(String value) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }
}
