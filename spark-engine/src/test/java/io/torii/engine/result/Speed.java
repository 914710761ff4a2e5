package io.torii.engine.result;

import java.nio.ByteBuffer;
import org.apache.spark.sql.SparkSession;

/** Times execute and fetch of a narrow and a mixed result. Prints; asserts nothing. */
public final class Speed {

  private static final com.sun.management.OperatingSystemMXBean CPU =
      (com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean();

  private Speed() {}

  public static void main(String[] args) throws Exception {
    SparkSession spark = TestSession.open();
    String narrow = "select id from range(2000000)";
    String mixed =
        "select id, cast(id % 1000 as int) i, id / 7.0D d, concat('name-', id) s, concat('city-', id % 100) c,"
            + " date_add(date'2000-01-01', cast(id % 8000 as int)) dt, cast(id / 100.0 as decimal(12,2)) m from range(500000)";
    for (int i = 0; i < 8; i++) {
      time(spark, "narrow", narrow);
      time(spark, "mixed", mixed);
    }
    spark.stop();
  }

  private static void time(SparkSession spark, String name, String query) throws Exception {
    long cpu = CPU.getProcessCpuTime();
    long begun = System.nanoTime();
    try (ResultSource source = QueryResults.execute(spark, spark.sql(query), new ResultOptions(9, 0, false))) {
      long executed = System.nanoTime();
      long executeCpu = CPU.getProcessCpuTime() - cpu;
      long bytes = 0;
      long segments = 0;
      RowSet batch;
      do {
        batch = source.fetch(0, 10000);
        for (ByteBuffer segment : batch.segments()) bytes += segment.remaining();
        segments += batch.segments().size();
      } while (batch.rowCount() > 0);
      long fetched = System.nanoTime();
      System.out.printf(
          "%s execute %d ms (%d ms of all threads' CPU), fetch %.1f ms, %.1f MB, %d segments%n",
          name, (executed - begun) / 1000000, executeCpu / 1000000, (fetched - executed) / 1e6, bytes / 1e6, segments);
    }
  }
}
