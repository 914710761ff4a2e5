package io.torii.engine.result;

import io.torii.engine.spark.ScalaSeqs;
import java.lang.reflect.Method;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.CommandResultExec;
import org.apache.spark.sql.execution.LocalTableScanExec;
import org.apache.spark.sql.execution.SparkPlan;

/** Rows that a plan holds in the driver. Spark would first convert them to its binary form, which an encoder does not need. */
final class LocalRows {

  private static final Method OF_SCAN = getter(LocalTableScanExec.class);
  private static final Method OF_COMMAND = getter(CommandResultExec.class);

  private LocalRows() {}

  /** Null when the plan holds none. */
  static List<InternalRow> of(SparkPlan plan) throws Exception {
    if (plan instanceof LocalTableScanExec) return ScalaSeqs.list(OF_SCAN.invoke(plan));
    if (plan instanceof CommandResultExec) return ScalaSeqs.list(OF_COMMAND.invoke(plan));
    return null;
  }

  private static Method getter(Class<?> plan) {
    try {
      return plan.getMethod("rows");
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e);
    }
  }
}
