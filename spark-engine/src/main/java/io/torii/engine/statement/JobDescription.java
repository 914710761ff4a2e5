package io.torii.engine.statement;

import java.util.regex.Matcher;
import java.util.regex.PatternSyntaxException;
import org.apache.spark.sql.SparkSession;

/** What Spark's UI shows for a statement's jobs: its text, with what the site calls secret blotted out. */
final class JobDescription {
  private static final String REPLACEMENT = "*********(redacted)";
  private static final int MAX_CHARS = 2000;

  private JobDescription() {}

  static String of(SparkSession spark, String text) {
    String pattern = spark.conf().get("spark.sql.redaction.string.regex", spark.conf().get("spark.redaction.string.regex", ""));
    String shown = text;
    if (pattern != null && !pattern.isEmpty()) {
      try {
        shown = text.replaceAll(pattern, Matcher.quoteReplacement(REPLACEMENT));
      } catch (PatternSyntaxException e) {
        // A pattern that cannot be applied must not let everything through.
        shown = REPLACEMENT;
      }
    }
    return shown.length() > MAX_CHARS ? shown.substring(0, MAX_CHARS) : shown;
  }
}
