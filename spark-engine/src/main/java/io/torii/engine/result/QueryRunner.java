package io.torii.engine.result;

import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.CollectLimitExec;
import org.apache.spark.sql.execution.CommandResultExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SQLExecution;
import org.apache.spark.sql.execution.SQLExecutionRDD;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.internal.SQLConf;
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
  private final long memory;

  /** @param memory bytes of the heap that a result may take */
  QueryRunner(SparkSession session, QueryExecution execution, RowEncoder encoder, ResultOptions options, long memory) {
    this.session = session;
    this.execution = execution;
    this.encoder = encoder;
    incremental = options.incrementalCollect();
    maxRows = options.maxRows() == 0 ? Long.MAX_VALUE : options.maxRows();
    this.memory = memory;
  }

  /** Runs the query, or its first part; the rest comes from the supply. */
  RowSupply run(Spool spool) throws Exception {
    InternalRow literals = LiteralRow.of(execution.analyzed());
    if (literals != null) {
      encodeHere(Collections.singletonList(literals), spool);
      return RowSupply.NOTHING_MORE;
    }
    SparkPlan plan = execution.executedPlan();
    if (plan instanceof CommandResultExec) { // ran when it was analysed, with an execution of its own
      encodeHere(LocalRows.of(plan), spool);
      return RowSupply.NOTHING_MORE;
    }
    return SQLExecution.withNewExecutionId(
        execution,
        ACTION,
        new AbstractFunction0<RowSupply>() {
          @Override
          public RowSupply apply() {
            return Checked.call(() -> runInExecution(plan, spool));
          }
        });
  }

  private RowSupply runInExecution(SparkPlan plan, Spool spool) throws Exception {
    PlanShape shape = PlanShape.of(plan);
    if (shape == PlanShape.DRIVER) {
      List<InternalRow> rows = LocalRows.of(plan);
      encodeHere(rows == null ? Arrays.asList(plan.executeCollect()) : rows, spool);
      return RowSupply.NOTHING_MORE;
    }
    if (shape == PlanShape.LIMITED) {
      SparkPlan root = FinalPlan.of(plan);
      if (root instanceof CollectLimitExec) return runLimited((CollectLimitExec) root, spool);
    }
    PartitionRunner runner = runner(plan, maxRows, spool);
    if (incremental) {
      RowSupply supply = new IncrementalSupply(session, runner, spool);
      supply.awaitRow(0); // the first failure belongs to the statement, not to a fetch
      return supply;
    }
    runner.runAll();
    return RowSupply.NOTHING_MORE;
  }

  private PartitionRunner runner(SparkPlan plan, long rowsOfEach, Spool spool) throws Exception {
    SparkPlan root = FinalPlan.of(plan);
    SparkPlan stage = StagePlan.of(root, encoder);
    BlockSource source = stage == null ? encoder : new StageEncoder(encoder.kinds().length);
    // Tasks of a later group run outside the execution, but with its settings.
    RDD<InternalRow> rdd = new SQLExecutionRDD((stage == null ? root : stage).execute(), SQLConf.get());
    return new PartitionRunner(rdd, source, rowsOfEach, new PartitionOrder(spool, incremental), memory);
  }

  private void encodeHere(List<InternalRow> rows, Spool spool) throws Exception {
    Iterator<byte[]> blocks = encoder.encode(rows.iterator(), maxRows, null);
    while (blocks.hasNext()) {
      if (Thread.interrupted()) throw new InterruptedException("Interrupted while rows were encoded");
      spool.append(blocks.next());
    }
  }

  private RowSupply runLimited(CollectLimitExec plan, Spool spool) throws Exception {
    long limit = plan.limit() < 0 ? Long.MAX_VALUE : plan.limit(); // none: there is only an OFFSET
    spool.showOnly(LimitOffset.of(plan), limit);
    PartitionRunner runner = runner(plan.child(), limit, spool);
    if (plan.limit() < 0) runner.runAll();
    else runUntilFull(runner, spool);
    return RowSupply.NOTHING_MORE;
  }

  /** Looks at few partitions first and at more when their rows do not suffice, as Spark's own limit does. */
  private static void runUntilFull(PartitionRunner runner, Spool spool) throws Exception {
    int group = Math.max(1, runner.parallelism());
    for (int from = 0; from < runner.partitions() && !spool.isFull(); ) {
      int to = (int) Math.min(runner.partitions(), (long) from + group);
      runner.run(from, to);
      from = to;
      group = (int) Math.min(1 << 20, group * 4L);
    }
  }
}
