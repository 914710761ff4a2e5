package io.torii.engine.result;

import io.torii.engine.operation.EngineThreads;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.ThreadContext;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** Runs a query's partitions group by group: one group further than the one that its reader has come to. */
final class IncrementalSupply implements RowSupply {

  private static final ExecutorService THREADS = new ThreadPoolExecutor(
      0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), EngineThreads.named("torii-incremental"));

  private final SparkSession session;
  private final PartitionRunner runner;
  private final Spool spool;
  /** What the statement's own thread told Spark: its job group and its session's settings. */
  private final Properties statementProperties;

  private final ClassLoader statementLoader;
  /** By which its log lines find their way. */
  private final Map<String, String> statementMarks;

  private final int groupSize;

  // Guarded by the spool, whose readers wait there.
  private int nextPartition;
  private boolean isRunning;
  /** How many rows there were when the running or last group began: a reader beyond them is in that group. */
  private long rowsBeforeGroup;

  private long readerAt;
  private boolean isClosed;
  private Exception failure;

  /** Made in the statement's thread. */
  IncrementalSupply(SparkSession session, PartitionRunner runner, Spool spool) {
    this.session = session;
    this.runner = runner;
    this.spool = spool;
    SparkContext context = session.sparkContext();
    statementProperties = copy(context.getLocalProperties());
    statementLoader = Thread.currentThread().getContextClassLoader();
    statementMarks = ThreadContext.getImmutableContext();
    groupSize = Math.max(1, context.defaultParallelism());
  }

  @Override
  public boolean awaitRow(long row) throws Exception {
    synchronized (spool) {
      readerAt = Math.max(readerAt, row);
      while (true) {
        if (isClosed) return false;
        boolean isThere = spool.rows() > row;
        if (!isThere && failure != null) throw failure;
        if (!isRunning) startGroupIfWanted();
        if (isThere) return isRunning || failure != null || !isComplete();
        if (!isRunning) return false;
        spool.wait();
      }
    }
  }

  @Override
  public void close() {
    synchronized (spool) {
      isClosed = true;
      spool.notifyAll();
    }
  }

  /** The reader is in the last group that ran, or waits behind it. */
  private void startGroupIfWanted() {
    if (isClosed || isComplete() || failure != null || readerAt < rowsBeforeGroup) return;
    int from = nextPartition;
    int to = Math.min(runner.partitions(), from + groupSize);
    nextPartition = to;
    isRunning = true;
    rowsBeforeGroup = spool.rows();
    THREADS.execute(() -> runGroup(from, to));
  }

  private boolean isComplete() {
    return spool.isFull() || nextPartition == runner.partitions();
  }

  private void runGroup(int from, int to) {
    Exception failed = null;
    try {
      SparkSession.setActiveSession(session);
      Thread.currentThread().setContextClassLoader(statementLoader);
      ThreadContext.putAll(statementMarks);
      session.sparkContext().setLocalProperties(copy(statementProperties));
      runner.run(from, to);
    } catch (Throwable e) {
      failed = spool.reasonFor(e);
    }
    ThreadContext.clearMap();
    synchronized (spool) {
      isRunning = false;
      failure = failed;
      startGroupIfWanted();
      spool.notifyAll();
    }
  }

  private static Properties copy(Properties properties) {
    Properties copy = new Properties();
    for (String name : properties.stringPropertyNames()) copy.setProperty(name, properties.getProperty(name));
    return copy;
  }
}
