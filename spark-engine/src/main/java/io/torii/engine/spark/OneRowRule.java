package io.torii.engine.spark;

import java.util.Collections;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.types.StructType;
import scala.PartialFunction;
import scala.runtime.AbstractPartialFunction;

/** Makes the one row of a query without tables a local one, so that `select 1` is folded in the driver and runs no job. */
final class OneRowRule extends Rule<LogicalPlan> {
  private static final long serialVersionUID = 1L;
  static final String SWITCH = "torii.engine.optimizer.one.row.local";

  /** The same for all sessions: it has neither columns nor settings. Spark makes this rule anew for each query. */
  private static volatile LogicalPlan oneRow;

  private final transient SparkSession session;

  OneRowRule(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (!holdsOneRow(plan) || !isOn()) {
      return plan;
    }
    PartialFunction<LogicalPlan, LogicalPlan> replace = new AbstractPartialFunction<LogicalPlan, LogicalPlan>() {
      private static final long serialVersionUID = 1L;

      @Override
      public boolean isDefinedAt(LogicalPlan node) {
        return node instanceof OneRowRelation;
      }

      @Override
      public LogicalPlan apply(LogicalPlan node) {
        return oneRow();
      }

      @Override
      @SuppressWarnings("unchecked")
      public <A extends LogicalPlan, B> B applyOrElse(A node, scala.Function1<A, B> otherwise) {
        return isDefinedAt(node) ? (B) oneRow() : otherwise.apply(node);
      }
    };
    return (LogicalPlan) plan.transformDown(replace);
  }

  /** Looks before it transforms: most plans have tables, and are left as they are. */
  private static boolean holdsOneRow(LogicalPlan plan) {
    if (plan instanceof OneRowRelation) {
      return true;
    }
    return !plan.collectFirst(new IsOneRow()).isEmpty();
  }

  private boolean isOn() {
    return Boolean.parseBoolean(session.conf().get(SWITCH, "true"));
  }

  /** Made by Spark itself and once: the constructor of a local relation differs between versions. */
  private LogicalPlan oneRow() {
    if (oneRow == null) {
      oneRow = session.createDataFrame(Collections.singletonList(RowFactory.create()), new StructType())
          .queryExecution().logical();
    }
    return oneRow;
  }

  private static final class IsOneRow extends AbstractPartialFunction<LogicalPlan, Boolean> {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isDefinedAt(LogicalPlan node) {
      return node instanceof OneRowRelation;
    }

    @Override
    public Boolean apply(LogicalPlan node) {
      return Boolean.TRUE;
    }
  }
}
