package io.torii.engine.metadata;

/** One schema of a catalog: its name as a client sees it, and its parts as Spark has them. */
final class Namespace {

  final String name;
  final String[] parts;

  Namespace(String... parts) {
    this.parts = parts;
    StringBuilder joined = new StringBuilder();
    for (String part : parts) {
      if (joined.length() > 0) joined.append('.');
      joined.append(parts.length == 1 ? part : quotedIfNeeded(part));
    }
    name = joined.toString();
  }

  private static String quotedIfNeeded(String part) {
    return part.matches("[a-zA-Z0-9_]+") ? part : "`" + part.replace("`", "``") + "`";
  }
}
