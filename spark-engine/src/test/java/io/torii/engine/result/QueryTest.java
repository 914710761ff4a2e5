package io.torii.engine.result;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.SparkSession;

/** Runs queries on a local Spark: plans of every shape, caps, incremental collect, failures, and the text of types. */
public final class QueryTest {

  private QueryTest() {}

  public static void main(String[] args) throws Exception {
    SparkSession spark = TestSession.open();
    Path dir = Files.createTempDirectory("torii-query-test");
    try {
      for (long memory : new long[] {1L << 30, 0}) {
        space = new ResultSpace(memory, dir, 0);
        shapes(spark);
        caps(spark);
        incremental(spark);
      }
      failures(spark);
      texts(spark);
      commands(spark);
      diskFull(spark, dir);
      Check.equal("files left", 0, dir.toFile().list().length);
    } finally {
      Files.delete(dir);
      spark.stop();
    }
    System.out.println("QueryTest passed");
  }

  private static ResultSpace space;

  private static void diskFull(SparkSession spark, Path dir) throws Exception {
    space = new ResultSpace(0, dir, Long.MAX_VALUE);
    for (boolean incremental : new boolean[] {false, true}) {
      try {
        all(spark, "select id from range(100000)", new ResultOptions(9, 0, incremental), 1000);
        throw new AssertionError("a full disk was not noticed");
      } catch (io.torii.engine.error.EngineException e) {
        Check.equal("state", "53100", e.sqlState());
        Check.that(e.getMessage(), e.getMessage().startsWith("The result does not fit"));
      }
    }
  }

  private static void shapes(SparkSession spark) throws Exception {
    String[] queries = {
      "select id from range(0, 40000, 1, 7)",
      "select id from range(0, 40000, 1, 7) limit 39999",
      "select id from range(0, 40000, 1, 7) limit 20000",
      "select id from range(0, 40000, 1, 7) where id % 1000 = 0 limit 39",
      "select id from range(0, 40000, 1, 7) where id % 13 = 0 limit 2000",
      "select id from range(0, 40000, 1, 7) limit 3000 offset 500",
      "select id from range(0, 40000, 1, 7) limit 10 offset 5",
      "select id from range(0, 40000, 1, 7) limit 2000 offset 39500",
      "select id from range(0, 40000, 1, 7) offset 17",
      "select id from range(0, 40000, 1, 7) offset 41000",
      "select id from range(0, 40000, 1, 7) order by id desc limit 3000 offset 5",
      "select id from range(0, 40000, 1, 7) order by id desc offset 1001",
      "select id from range(0, 40000, 1, 7) where id < 0 order by id offset 3",
      "select id from range(0, 40000, 1, 7) order by id limit 5000",
      "select id from range(0, 40000, 1, 7) order by id desc limit 5",
      "select id from range(0, 40000, 1, 7) order by id",
      "select id % 3 k, count(*) from range(0, 40000, 1, 7) group by 1 order by 1 limit 2",
      "select id from range(0)",
      "select id from range(10) limit 0",
      "select * from values (1, 'a'), (2, null)",
      "select id, repeat('x', 3000) from range(2000)",
    };
    for (String query : queries) {
      List<String> expected = new ArrayList<>();
      for (org.apache.spark.sql.Row row : spark.sql(query).collectAsList()) expected.add(row.mkString(","));
      for (boolean incremental : new boolean[] {false, true}) {
        for (int fetch : new int[] {777, 16384, -1}) {
          List<String> actual = new ArrayList<>();
          for (List<Object> row : all(spark, query, new ResultOptions(9, 0, incremental), fetch)) actual.add(joined(row));
          Check.equal(query + " incremental " + incremental + " by " + fetch, expected, actual);
        }
      }
    }
  }

  private static void caps(SparkSession spark) throws Exception {
    for (String query : new String[] {"select id from range(0, 9000, 1, 3)", "select * from values 1,2,3,4", "show functions"}) {
      for (int cap : new int[] {1, 3, 2999, 5000}) {
        int full = all(spark, query, new ResultOptions(9, 0, false), 1000).size();
        Check.equal(query, Math.min(cap, full), all(spark, query, new ResultOptions(9, cap, false), 1000).size());
        Check.equal(query, Math.min(cap, full), all(spark, query, new ResultOptions(9, cap, true), 1000).size());
      }
    }
  }

  /** One partition more runs than the reader has come to; reading again from the start needs no second run. */
  private static void incremental(SparkSession spark) throws Exception {
    AtomicInteger jobs = new AtomicInteger();
    SparkListener counter = new SparkListener() {
      @Override
      public void onJobStart(SparkListenerJobStart start) {
        if ("statement-7".equals(start.properties().getProperty("spark.jobGroup.id"))) jobs.incrementAndGet();
      }
    };
    spark.sparkContext().addSparkListener(counter);
    spark.sparkContext().setJobGroup("statement-7", "test", true);
    try (ResultSource source =
        QueryResults.execute(spark, spark.sql("select id from range(0, 1000, 1, 10)"), new ResultOptions(9, 0, true), space)) {
      spark.sparkContext().clearJobGroup();
      RowSet[] batch = new RowSet[1];
      Thread other = new Thread(() -> batch[0] = Checked.call(() -> source.fetch(0, 150)));
      other.start();
      other.join();
      Check.that("rows " + batch[0].rowCount(), batch[0].rowCount() >= 100 && batch[0].rowCount() <= 150);
      Check.that("more", batch[0].hasMoreRows());
      Thread.sleep(500); // the listener is told later
      Check.that("jobs " + jobs.get(), jobs.get() >= 2 && jobs.get() <= 3);
      Check.equal("first", 0L, Decoded.rowSet(source.fetch(4, 10)).getStartRowOffset());
      int seen = 10;
      RowSet next;
      do {
        next = source.fetch(0, 300);
        seen += next.rowCount();
        Check.that("more", seen == 1000 || next.hasMoreRows());
      } while (next.rowCount() > 0);
      Check.equal("all", 1000, seen);
      Check.that("no more", !next.hasMoreRows());
      Thread.sleep(500);
      Check.equal("jobs", 10, jobs.get());
    } finally {
      spark.sparkContext().removeSparkListener(counter);
    }
    streamed(spark);
  }

  /** A partition's first rows are there while the rest of it still runs. */
  private static void streamed(SparkSession spark) throws Exception {
    String query = "select id, java_method('io.torii.engine.result.Gate', 'pass', id) from range(0, 100000, 1, 1)";
    Gate.close();
    try (ResultSource source = QueryResults.execute(spark, spark.sql(query), new ResultOptions(9, 0, true), space)) {
      RowSet first = source.fetch(0, 1000);
      Check.equal("rows", 1000L, first.rowCount());
      Check.that("the task still runs", Gate.isClosed());
      Gate.open();
      long seen = 1000;
      RowSet next;
      do {
        next = source.fetch(0, 50000);
        seen += next.rowCount();
      } while (next.rowCount() > 0);
      Check.equal("all", 100000L, seen);
    } finally {
      Gate.open();
    }
  }

  private static void failures(SparkSession spark) throws Exception {
    for (boolean incremental : new boolean[] {false, true}) {
      try {
        all(spark, "select assert_true(id < 5) from range(10)", new ResultOptions(9, 0, incremental), 100);
        throw new AssertionError("a failing query succeeded");
      } catch (org.apache.spark.SparkException | RuntimeException e) {
        Check.that(e.toString(), String.valueOf(e).contains("is not true"));
      }
    }
    Thread runner = new Thread(() -> {
      try {
        SparkSession.setActiveSession(spark);
        spark.sparkContext().setJobGroup("endless", "test", true);
        all(spark, "select count(*) from range(100000000000)", new ResultOptions(9, 0, false), 100);
      } catch (Exception e) {
        cancelled = e;
      }
    });
    runner.start();
    Thread.sleep(1500);
    long begun = System.nanoTime();
    spark.sparkContext().cancelJobGroup("endless");
    runner.join(5000);
    Check.that("a cancelled query ended", !runner.isAlive() && cancelled != null);
    System.out.println("cancelled in " + (System.nanoTime() - begun) / 1000000 + " ms: " + cancelled.getClass().getName());
  }

  private static volatile Exception cancelled;

  /** As Spark Thrift Server shows them: the values tests ask it, this remembers. */
  private static void texts(SparkSession spark) throws Exception {
    text(spark, "cast(0.1 as float)", 0.1);
    text(spark, "cast('NaN' as double)", Double.NaN);
    text(spark, "cast('-0.0' as double)", -0.0);
    text(spark, "cast(-0.05 as decimal(10,2))", "-0.05");
    text(spark, "cast(1e-20 as decimal(38,20))", "0.00000000000000000001");
    text(spark, "date'9999-12-31'", "9999-12-31");
    text(spark, "date'0001-01-01'", "0001-01-01");
    text(spark, "date'+10000-01-01'", "+10000-01-01");
    text(spark, "date'-0001-12-31'", "-0001-12-31");
    text(spark, "timestamp'2020-01-02 03:04:05.60'", "2020-01-02 03:04:05.6");
    text(spark, "timestamp'1883-11-17 12:00:00 UTC'", "1883-11-17 04:07:02");
    text(spark, "timestamp'2021-03-14 10:00:00 UTC'", "2021-03-14 03:00:00");
    text(spark, "timestamp'2021-03-14 09:59:59.999999 UTC'", "2021-03-14 01:59:59.999999");
    text(spark, "interval '-1 02:03:04.5' day to second", "-1 02:03:04.500000000");
    text(spark, "interval '15' month", "1-3");
    text(spark, "make_interval(1,2,3,4,5,6,7.5)", "1 years 2 months 25 days 5 hours 6 minutes 7.5 seconds");
    text(spark, "array(1, null)", "[1,null]");
    text(spark, "map('b', 1.50, 'a', 2)", "{\"a\":2.00,\"b\":1.50}");
    text(spark, "struct(1 as x, 'q\"' as y, x'4142' as b)", "{\"x\":1,\"y\":\"q\"\",\"b\":AB}");
    text(spark, "cast(x'ff41fe' as string)", "\uFFFDA\uFFFD");
    text(spark, "null", null);
    if (spark.version().startsWith("3.3")) return;
    text(spark, "timestamp_ntz'2021-03-14 02:30:00.1'", "2021-03-14 02:30:00.1");
  }

  private static void commands(SparkSession spark) throws Exception {
    try (ResultSource source = QueryResults.execute(spark, spark.sql("use default"), new ResultOptions(9, 0, false), space)) {
      Check.equal("column", "Result", source.schema().getColumns().get(0).getColumnName());
      Check.equal("rows", 0L, source.fetch(0, 10).rowCount());
    }
    Check.equal("show", "[[default]]", all(spark, "show databases", new ResultOptions(9, 0, false), 10).toString());
  }

  private static void text(SparkSession spark, String expression, Object expected) throws Exception {
    Object folded = all(spark, "select " + expression, new ResultOptions(9, 0, false), 10).get(0).get(0);
    Check.equal(expression, expected, folded);
    String rows = "select " + expression + " from range(0, 3, 1, 2)";
    for (List<Object> row : all(spark, rows, new ResultOptions(4, 0, false), 10)) Check.equal(expression, expected, row.get(0));
  }

  private static String joined(List<Object> row) {
    StringBuilder text = new StringBuilder();
    for (Object value : row) text.append(text.length() > 0 ? "," : "").append(value);
    return text.toString();
  }

  private static List<List<Object>> all(SparkSession spark, String query, ResultOptions options, int fetch) throws Exception {
    List<List<Object>> rows = new ArrayList<>();
    try (ResultSource source = QueryResults.execute(spark, spark.sql(query), options, space)) {
      RowSet batch;
      do {
        batch = source.fetch(0, fetch);
        rows.addAll(Decoded.rows(Decoded.rowSet(batch)));
        Check.that("an empty batch has none behind it", batch.rowCount() > 0 || !batch.hasMoreRows());
      } while (batch.rowCount() > 0);
    }
    return rows;
  }
}
