package io.torii.engine.result;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/**
 * Runs statements on a Spark Thrift Server and here and compares schemas and values. Arguments: the server's port, a
 * file with a statement per line, and optionally the protocol version (9 when not given).
 */
public final class OracleComparison {

  private OracleComparison() {}

  public static void main(String[] args) throws Exception {
    List<String> statements = Files.readAllLines(Paths.get(args[1]), StandardCharsets.UTF_8);
    int protocol = args.length > 2 ? Integer.parseInt(args[2]) : 9;
    SparkSession spark = TestSession.open();
    int differences = 0;
    try (ThriftServer server = new ThriftServer(Integer.parseInt(args[0]), protocol)) {
      for (String statement : statements) {
        if (statement.trim().isEmpty() || statement.startsWith("--")) continue;
        ThriftServer.Answer expected = server.execute(statement);
        ThriftServer.Answer actual = here(spark, statement, protocol);
        if (!same(statement, expected, actual)) differences++;
      }
    }
    System.out.println("DIFFERENCES " + differences);
    spark.stop();
  }

  static ThriftServer.Answer here(SparkSession spark, String statement, int protocol) {
    ThriftServer.Answer answer = new ThriftServer.Answer();
    try (ResultSource result =
        QueryResults.execute(spark, spark.sql(statement), new ResultOptions(protocol, 0, false))) {
      read(result, answer);
    } catch (Exception | AssertionError e) {
      answer.error = String.valueOf(e.getMessage());
    }
    return answer;
  }

  public static void read(ResultSource result, ThriftServer.Answer answer) throws Exception {
    answer.schema = Decoded.describe(result.schema());
    RowSet batch;
    do {
      batch = result.fetch(0, 1000);
      answer.rows.addAll(Decoded.rows(Decoded.rowSet(batch)));
    } while (batch.rowCount() > 0);
  }

  public static boolean same(String what, ThriftServer.Answer expected, ThriftServer.Answer actual) {
    List<String> notes = new ArrayList<>();
    if (expected.error != null || actual.error != null) {
      if (expected.error == null || actual.error == null) {
        notes.add("error " + first(expected.error) + " / " + first(actual.error) + " rows here " + actual.rows + "\n" + actual.schema);
      }
    } else {
      if (!expected.schema.equals(actual.schema)) notes.add("schema\n" + expected.schema + "here\n" + actual.schema);
      if (!expected.rows.equals(actual.rows)) {
        int shown = 0;
        for (int i = 0; i < Math.max(expected.rows.size(), actual.rows.size()) && shown < 3; i++) {
          Object e = i < expected.rows.size() ? expected.rows.get(i) : "absent";
          Object a = i < actual.rows.size() ? actual.rows.get(i) : "absent";
          if (!e.equals(a) && shown++ >= 0) notes.add("row " + i + "\n  " + e + "\nhere\n  " + a);
        }
      }
    }
    if (notes.isEmpty()) return true;
    System.out.println("DIFFERS: " + what);
    for (String note : notes) System.out.println("  " + note);
    return false;
  }

  private static String first(String text) {
    return text == null ? "none" : text.split("\n")[0];
  }
}
