package io.torii.engine.result;

import io.torii.engine.error.EngineException;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/** Runs a plan's partitions as Spark jobs in the calling thread; their blocks go to the spool. */
final class PartitionRunner {

  private static final ClassTag<byte[]> BYTES = ClassTag$.MODULE$.apply(byte[].class);

  /** As Spark's own limit for a task. */
  private static final int MAX_RUNS = 4;

  /** Larger results of a task make a detour through the block manager anyway. */
  private static final int MAX_DIRECT = 512 * 1024;

  private static final int MIN_DIRECT = 4 * 1024;

  private final RDD<InternalRow> rdd;
  private final BlockSource source;
  private final long maxRows;
  private final PartitionOrder order;
  private final int partitions;
  private final int maxDirect;

  /**
   * @param maxRows how many rows each partition hands out at most
   * @param memory bytes that all tasks' results together may take
   */
  PartitionRunner(RDD<InternalRow> rdd, BlockSource source, long maxRows, PartitionOrder order, long memory) {
    this.rdd = rdd;
    this.source = source;
    this.maxRows = maxRows;
    this.order = order;
    SparkContext context = rdd.sparkContext();
    partitions = rdd.getNumPartitions();
    long share = Math.min(memory, maxResultSize(context) / 2) / Math.max(1, partitions);
    maxDirect = (int) Math.max(MIN_DIRECT, Math.min(MAX_DIRECT, share));
  }

  int partitions() {
    return partitions;
  }

  int parallelism() {
    return rdd.sparkContext().defaultParallelism();
  }

  void runAll() throws Exception {
    run(0, partitions);
  }

  /** The partitions from {@code from} up to, not including, {@code to}. */
  void run(int from, int to) throws Exception {
    int[] missing = new int[to - from];
    for (int i = 0; i < missing.length; i++) missing[i] = from + i;
    for (int run = 0; missing.length > 0; run++) {
      if (run == MAX_RUNS) {
        throw new EngineException("Executors were lost " + MAX_RUNS + " times before their rows could be fetched", "58000");
      }
      missing = runOnce(missing);
    }
  }

  private int[] runOnce(int[] numbers) throws Exception {
    SparkContext context = rdd.sparkContext();
    try (ExecutorChunks chunks = new ExecutorChunks(context);
        Collector collector = new Collector(order, chunks, numbers)) {
      PartitionEncoder task = new PartitionEncoder(source, maxRows, collector.id(), chunks.rddId(), maxDirect);
      context.runJob(only(numbers), task, new Arrivals(collector), BYTES);
      return collector.await();
    }
  }

  private RDD<InternalRow> only(int[] numbers) {
    return numbers.length == partitions ? rdd : PartitionPruningRDD.create(rdd, new Among(numbers));
  }

  private static long maxResultSize(SparkContext context) {
    long size = context.conf().getSizeAsBytes("spark.driver.maxResultSize", "1g");
    return size == 0 ? Long.MAX_VALUE : size;
  }

  private static final class Among extends AbstractFunction1<Object, Object> implements Serializable {

    private static final long serialVersionUID = 1L;

    private final int[] numbers;

    Among(int[] numbers) {
      this.numbers = numbers;
    }

    @Override
    public Object apply(Object partition) {
      return java.util.Arrays.binarySearch(numbers, (Integer) partition) >= 0;
    }
  }

  private static final class Arrivals extends AbstractFunction2<Object, byte[], BoxedUnit> {

    private final Collector collector;

    Arrivals(Collector collector) {
      this.collector = collector;
    }

    @Override
    public BoxedUnit apply(Object partition, byte[] outcome) {
      collector.arrived((Integer) partition, outcome);
      return BoxedUnit.UNIT;
    }
  }
}
