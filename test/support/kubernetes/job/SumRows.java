import org.apache.spark.sql.SparkSession;

/** Sums some rows on all executors and prints how many of those there were. */
public final class SumRows {
  private SumRows() {}

  public static void main(String[] args) throws Exception {
    SparkSession spark = SparkSession.builder().getOrCreate();
    long sum = spark.sql("SELECT sum(id) FROM range(0, 1000, 1, 4)").head().getLong(0);
    // The driver is among them.
    int executors = spark.sparkContext().statusTracker().getExecutorInfos().length - 1;
    System.out.println("sum " + sum + " executors " + executors);
    spark.stop();
    if (args.length > 0 && args[0].equals("fail")) {
      throw new IllegalStateException("it was told to fail");
    }
  }
}
