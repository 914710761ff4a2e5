package io.torii.engine.result;

import org.apache.spark.sql.execution.CollectLimitExec;
import org.apache.spark.sql.execution.LocalTableScanExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.TakeOrderedAndProjectExec;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;

/** What a plan's root says about how to run it. */
enum PlanShape {
  /** Spark itself brings the rows to the driver best: they are there already, or are few. */
  DRIVER,
  /**
   * A LIMIT or OFFSET at the root, for too many rows to pass through the driver one by one. Spark's RDD of such a plan brings
   * all partitions together in the order in which they arrive, so the partitions are taken from below it.
   */
  LIMITED,
  /** Every partition runs and is encoded in its task. */
  DISTRIBUTED;

  /** Up to here, rows are brought to the driver before they are encoded. */
  private static final int FEW_ROWS = 1000;

  static PlanShape of(SparkPlan plan) {
    SparkPlan root = plan instanceof AdaptiveSparkPlanExec ? ((AdaptiveSparkPlanExec) plan).inputPlan() : plan;
    if (root instanceof LocalTableScanExec) return DRIVER;
    if (root instanceof TakeOrderedAndProjectExec) {
      return ((TakeOrderedAndProjectExec) root).limit() <= FEW_ROWS ? DRIVER : DISTRIBUTED;
    }
    if (!(root instanceof CollectLimitExec)) return DISTRIBUTED;
    int limit = ((CollectLimitExec) root).limit();
    return limit >= 0 && limit <= FEW_ROWS ? DRIVER : LIMITED;
  }
}
