package io.torii.engine.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Runs statements that stand one after another, separated by semicolons outside of quotes and comments. */
public final class SqlScript {
  private SqlScript() {}

  public static void run(SparkSession spark, String script) {
    for (String statement : split(script == null ? "" : script)) {
      spark.sql(statement).isEmpty();
    }
  }

  static List<String> split(String script) {
    List<String> statements = new ArrayList<>();
    StringBuilder current = new StringBuilder();
    char quote = 0;
    for (int i = 0; i < script.length(); i++) {
      char c = script.charAt(i);
      if (quote != 0) {
        if (c == '\\' && i + 1 < script.length() && quote != '`') {
          current.append(c);
          c = script.charAt(++i);
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '\'' || c == '"' || c == '`') {
        quote = c;
      } else if (c == '-' && script.startsWith("--", i)) {
        i = endOf(script, "\n", i) - 1;
        continue;
      } else if (c == '/' && script.startsWith("/*", i) && !script.startsWith("/*+", i)) {
        i = endOf(script, "*/", i) - 1;
        continue;
      } else if (c == ';') {
        add(statements, current);
        continue;
      }
      current.append(c);
    }
    add(statements, current);
    return statements;
  }

  private static int endOf(String script, String end, int from) {
    int at = script.indexOf(end, from);
    return at < 0 ? script.length() : at + (end.equals("\n") ? 0 : end.length());
  }

  private static void add(List<String> statements, StringBuilder current) {
    String statement = current.toString().trim();
    current.setLength(0);
    if (!statement.isEmpty()) {
      statements.add(statement);
    }
  }
}
