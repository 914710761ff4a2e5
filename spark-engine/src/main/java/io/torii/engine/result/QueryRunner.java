package io.torii.engine.result;

import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.CollectLimitExec;
import org.apache.spark.sql.execution.CommandResultExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.execution.SparkPlan;
import scala.Option;
import scala.runtime.AbstractFunction0;

/** Brings one query's rows into a store, in the way that its plan makes cheapest. */
final class QueryRunner {

  private static final Option<String> ACTION = Option.apply("collect"); // listeners of finished queries expect a name

  private final SparkSession session;
  private final QueryExecution execution;
  private final RowEncoder encoder;
  private final boolean incremental;
  private final long maxRows;

  QueryRunner(SparkSession session, QueryExecution execution, RowEncoder encoder, ResultOptions options) {
    this.session = session;
    this.execution = execution;
    this.encoder = encoder;
    incremental = options.incrementalCollect();
    maxRows = options.maxRows() == 0 ? Long.MAX_VALUE : options.maxRows();
  }

  /** Runs the query, or its first part; the rest comes from the supply. */
  RowSupply run(BlockStore store) throws Exception {
    SparkPlan plan = execution.executedPlan();
    if (plan instanceof CommandResultExec) { // ran when it was analysed, with an execution of its own
      encodeHere(plan.executeCollect(), store);
      return RowSupply.NOTHING_MORE;
    }
    return SQLExecution.withNewExecutionId(
        execution,
        ACTION,
        new AbstractFunction0<RowSupply>() {
          @Override
          public RowSupply apply() {
            return Checked.call(() -> runInExecution(plan, store));
          }
        });
  }

  private RowSupply runInExecution(SparkPlan plan, BlockStore store) throws Exception {
    PlanShape shape = PlanShape.of(plan);
    if (shape == PlanShape.DRIVER) {
      encodeHere(plan.executeCollect(), store);
      return RowSupply.NOTHING_MORE;
    }
    if (shape == PlanShape.LONG_LIMIT) {
      CollectLimitExec limit = (CollectLimitExec) plan;
      runLimited(limit.child().execute(), limit.limit(), store);
      return RowSupply.NOTHING_MORE;
    }
    PartitionRunner runner = new PartitionRunner(execution.toRdd(), encoder, maxRows);
    if (!incremental) {
      runner.runAll(store);
      return RowSupply.NOTHING_MORE;
    }
    IncrementalSupply supply = new IncrementalSupply(session, runner);
    supply.fill(store, 0, 1, 1); // the first failure belongs to the statement, not to a fetch
    return supply;
  }

  private void encodeHere(InternalRow[] rows, BlockStore store) throws Exception {
    append(encoder.encode(Arrays.asList(rows).iterator(), maxRows), store);
  }

  private static void append(Iterator<byte[]> blocks, BlockStore store) throws IOException, InterruptedException {
    while (blocks.hasNext()) {
      if (Thread.interrupted()) throw new InterruptedException("Interrupted while rows were encoded");
      store.append(blocks.next());
    }
  }

  /** Looks at few partitions first and at more when their rows do not suffice, as Spark's own limit does. */
  private void runLimited(RDD<InternalRow> rdd, long limit, BlockStore store) throws Exception {
    CappedSink capped = new CappedSink(store, encoder.kinds(), limit);
    PartitionRunner runner = new PartitionRunner(rdd, encoder, limit);
    int group = Math.max(1, rdd.sparkContext().defaultParallelism());
    for (int from = 0; from < runner.partitions() && capped.rowsLeft() > 0; ) {
      int to = (int) Math.min(runner.partitions(), (long) from + group);
      runner.run(from, to, capped);
      from = to;
      group = (int) Math.min(1 << 20, group * 4L);
    }
  }
}
