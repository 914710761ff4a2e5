package io.torii.engine.result;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;

/** Stages that encode their own rows make the same blocks, byte for byte, as rows that are encoded behind them. */
public final class StageTest {

  /** Every type that a stage encodes, with nulls and without. */
  private static final List<String> TYPES = Arrays.asList(
      "id", "cast(id as int)", "cast(id as smallint)", "cast(id as tinyint)", "id % 2 = 0", "id / 7D", "cast(id / 7D as float)",
      "if(id % 5 = 0, double('NaN'), -0.0D)", "concat('text ', id)", "repeat('ü€𝄞', cast(id % 9 as int))",
      "cast(x'ff41fe' as string)", "cast(concat('b', id) as binary)", "date_add(date'1600-02-28', cast(id * 37 as int))",
      "date_add(date'9999-12-25', cast(id as int))", "timestamp_micros(id * 987654321987)",
      "timestamp_micros(-id * 98765432198765)", "cast(id * 100 as decimal(12,2))", "cast(-id as decimal(18,9)) / 3",
      "cast(id as decimal(38,10)) / 7", "cast(id as decimal(38,0)) * 99999999999999999999", "cast(id as decimal(5,0))");

  private StageTest() {}

  public static void main(String[] args) throws Exception {
    SparkSession spark = TestSession.open();
    Path dir = Files.createTempDirectory("torii-stage-test");
    spark.sql("set spark.sql.ansi.enabled=false"); // casts of large numbers wrap around
    try {
      for (String type : TYPES) same(spark, "select " + type + " from range(0, 3000, 1, 2)");
      String nullable = TYPES.stream().map(type -> "if(id % 3 = 1, null, " + type + ")").collect(Collectors.joining(", "));
      same(spark, "select " + nullable + " from range(0, 40000, 1, 3)");
      if (!spark.version().startsWith("3.3")) same(spark, "select cast(timestamp_micros(id) as timestamp_ntz) from range(9)");
      plans(spark, dir);
      left(spark);
    } finally {
      spark.stop();
      try (Stream<Path> files = Files.walk(dir)) {
        files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    }
    System.out.println("StageTest passed");
  }

  private static void plans(SparkSession spark, Path dir) throws Exception {
    same(spark, "select id, id, id + 1 from range(0, 100000, 1, 3) where id % 3 = 0");
    same(spark, "select rand(7), id from range(1000)");
    same(spark, "select id, explode(sequence(1, 60000)) from range(3)"); // many rows before the stage can pause
    same(spark, "select id, repeat('x', 300000) from range(30)"); // blocks of a few rows
    same(spark, "select a.id, b.id from range(3000) a join range(5000) b on a.id % 100 = b.id % 100");
    same(spark, "select id % 100, count(*), sum(id), avg(id) from range(0, 10000, 1, 4) group by 1");
    same(spark, "select id, concat('k', id % 7) from range(0, 50000, 1, 4) order by id % 7, id");
    same(spark, "select id from range(100) where id < 0");
    String wide = IntStream.range(0, 35).mapToObj(i -> "id + " + i + " as c" + i).collect(Collectors.joining(", "));
    same(spark, "select " + wide + " from range(0, 30000, 1, 2)");
    String columns = IntStream.range(0, TYPES.size()).mapToObj(i -> "if(id % 11 = 5, null, " + TYPES.get(i) + ") as c" + i)
        .collect(Collectors.joining(", "));
    spark.sql("set spark.sql.parquet.datetimeRebaseModeInWrite=CORRECTED");
    spark.sql("set spark.sql.parquet.int96RebaseModeInWrite=CORRECTED");
    spark.sql("select id, " + columns + " from range(0, 20000, 1, 2)").write().parquet(dir + "/table");
    spark.read().parquet(dir + "/table").createOrReplaceTempView("stored");
    same(spark, "select * from stored");
    same(spark, "select c0, c8 from stored where c1 > 500");
  }

  /** What the encoder behind the plan still does. */
  private static void left(SparkSession spark) throws Exception {
    String[] queries = {
      "select array(id) from range(10)", "select map(id, 'a') from range(10)", "select struct(id) from range(10)",
      "select make_dt_interval(id) from range(10)", "select id from range(10) union all select id from range(5)",
    };
    for (String query : queries) {
      Dataset<Row> rows = spark.sql(query);
      Check.equal(query, null, StagePlan.of(FinalPlan.of(rows.queryExecution().executedPlan()), encoder(spark, rows)));
    }
    for (int columns : new int[] {58, 95}) { // more generated code than Java compiles
      String wide = IntStream.range(0, columns).mapToObj(i -> "concat(id, " + i + ")").collect(Collectors.joining(", "));
      Dataset<Row> rows = spark.sql("select " + wide + " from range(10)");
      Check.equal(columns + " columns", null, StagePlan.of(rows.queryExecution().executedPlan(), encoder(spark, rows)));
    }
    spark.sql("set spark.sql.codegen.wholeStage=false");
    Dataset<Row> rows = spark.sql("select id from range(10)");
    Check.equal("without generated code", null, StagePlan.of(rows.queryExecution().executedPlan(), encoder(spark, rows)));
    spark.sql("set spark.sql.codegen.wholeStage=true");
  }

  private static void same(SparkSession spark, String query) throws Exception {
    for (long maxRows : new long[] {Long.MAX_VALUE, 2500}) {
      List<byte[]> behind = blocks(plan(spark, query), encoder(spark, spark.sql(query)), maxRows);
      RowEncoder encoder = encoder(spark, spark.sql(query));
      SparkPlan stage = StagePlan.of(plan(spark, query), encoder);
      Check.that(query + " is encoded in its stage", stage != null);
      List<byte[]> within = blocks(stage, new StageEncoder(encoder.kinds().length), maxRows);
      Check.equal(query + ": blocks", behind.size(), within.size());
      for (int i = 0; i < behind.size(); i++) {
        Check.that(query + ": block " + i, Arrays.equals(behind.get(i), within.get(i)));
      }
    }
  }

  private static SparkPlan plan(SparkSession spark, String query) throws Exception {
    return FinalPlan.of(spark.sql(query).queryExecution().executedPlan());
  }

  private static RowEncoder encoder(SparkSession spark, Dataset<Row> rows) {
    return new RowEncoder(rows.schema(), TextSettings.of(spark));
  }

  private static List<byte[]> blocks(SparkPlan plan, BlockSource source, long maxRows) {
    return plan.execute().toJavaRDD().mapPartitions(rows -> source.encode(rows, maxRows, TaskContext.get())).collect();
  }
}
