package io.torii.engine.error;

import io.torii.engine.result.UnsupportedFetchException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.connector.catalog.CatalogNotFoundException;

/** Finds the SQLSTATE of a failure: Spark's own where it says one, else one by kind. */
final class SqlStates {
  private static final String SYNTAX_OR_ACCESS = "42000";
  /** What Spark 4 says by itself, for the Sparks before it. */
  private static final String UNKNOWN_CATALOG = "42P08";
  private static final String GENERAL = "HY000";
  private static final int MAX_DEPTH = 20;

  private SqlStates() {}

  static String of(Throwable failure) {
    Throwable cause = failure;
    for (int depth = 0; cause != null && depth < MAX_DEPTH; depth++, cause = cause.getCause()) {
      String state = stated(cause);
      if (state != null) {
        return state;
      }
    }
    if (failure instanceof CatalogNotFoundException) {
      return UNKNOWN_CATALOG;
    }
    return failure instanceof AnalysisException || failure instanceof ParseException ? SYNTAX_OR_ACCESS : GENERAL;
  }

  private static String stated(Throwable failure) {
    if (failure instanceof EngineException) {
      return ((EngineException) failure).sqlState();
    }
    if (failure instanceof UnsupportedFetchException) {
      return ((UnsupportedFetchException) failure).sqlState();
    }
    if (failure instanceof SparkThrowable) {
      String state = ((SparkThrowable) failure).getSqlState();
      return state == null || state.isEmpty() ? null : state;
    }
    return null;
  }
}
