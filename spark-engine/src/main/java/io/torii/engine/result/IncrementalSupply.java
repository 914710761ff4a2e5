package io.torii.engine.result;

import java.util.Properties;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** Runs a query's partitions group by group, as far as its reader has come. */
final class IncrementalSupply implements RowSupply {

  private final SparkSession session;
  private final PartitionRunner runner;
  /** What the statement's own thread told Spark: its job group and its session's settings. */
  private final Properties statementProperties;

  private final int groupSize;
  private int nextPartition;

  /** Made in the statement's thread. */
  IncrementalSupply(SparkSession session, PartitionRunner runner) {
    this.session = session;
    this.runner = runner;
    statementProperties = copy(session.sparkContext().getLocalProperties());
    groupSize = Math.max(1, session.sparkContext().defaultParallelism());
  }

  @Override
  public void fill(BlockStore store, long from, long rows, long bytes) throws Exception {
    while (nextPartition < runner.partitions() && store.rows() - from < rows && store.bytesBehind(from) < bytes) {
      int to = Math.min(runner.partitions(), nextPartition + groupSize);
      runAsStatement(nextPartition, to, store);
      nextPartition = to;
    }
  }

  @Override
  public void close() {
    nextPartition = runner.partitions();
  }

  /** A fetch comes on any thread, so that thread is the statement's for as long as the job runs. */
  private void runAsStatement(int from, int to, BlockStore store) throws Exception {
    SparkContext context = session.sparkContext();
    Properties own = context.getLocalProperties();
    context.setLocalProperties(copy(statementProperties));
    try {
      runner.run(from, to, store);
    } finally {
      context.setLocalProperties(own);
    }
  }

  private static Properties copy(Properties properties) {
    Properties copy = new Properties();
    for (String name : properties.stringPropertyNames()) copy.setProperty(name, properties.getProperty(name));
    return copy;
  }
}
