package io.torii.engine.result;

import java.io.IOException;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction2;
import scala.runtime.BoxedUnit;

/** Runs a plan's partitions as Spark jobs in the calling thread and brings their blocks in partition order. */
final class PartitionRunner {

  private static final ClassTag<byte[][]> BLOCKS = ClassTag$.MODULE$.apply(byte[][].class);

  private final RDD<InternalRow> rdd;
  private final RowEncoder encoder;
  private final long maxRows;

  /** @param maxRows how many rows each partition hands out at most */
  PartitionRunner(RDD<InternalRow> rdd, RowEncoder encoder, long maxRows) {
    this.rdd = rdd;
    this.encoder = encoder;
    this.maxRows = maxRows;
  }

  int partitions() {
    return rdd.getNumPartitions();
  }

  /** All partitions in one job. */
  void runAll(BlockSink store) throws IOException {
    byte[][][] arrived = new byte[partitions()][][];
    SparkContext context = rdd.sparkContext();
    context.runJob(rdd, new PartitionEncoder(encoder, maxRows), new Arrivals(arrived), BLOCKS);
    for (int i = 0; i < arrived.length; i++) {
      append(arrived[i], store);
      arrived[i] = null;
    }
  }

  /** The partitions from {@code from} up to, not including, {@code to} in one job. */
  void run(int from, int to, BlockSink store) throws IOException {
    int[] numbers = new int[to - from];
    for (int i = 0; i < numbers.length; i++) numbers[i] = from + i;
    RowEncoder rowEncoder = encoder;
    long limit = maxRows;
    JavaRDD<byte[]> blocks = rdd.toJavaRDD().mapPartitions(rows -> rowEncoder.encode(rows, limit));
    for (java.util.List<byte[]> partition : blocks.collectPartitions(numbers)) {
      append(partition.toArray(new byte[0][]), store);
    }
  }

  private static void append(byte[][] blocks, BlockSink store) throws IOException {
    for (byte[] block : blocks) store.append(block);
  }

  /** Called on Spark's scheduler thread in the order of completion, so it only puts things in their place. */
  private static final class Arrivals extends AbstractFunction2<Object, byte[][], BoxedUnit> {

    private final byte[][][] places;

    Arrivals(byte[][][] places) {
      this.places = places;
    }

    @Override
    public BoxedUnit apply(Object partition, byte[][] blocks) {
      places[(Integer) partition] = blocks;
      return BoxedUnit.UNIT;
    }
  }
}
