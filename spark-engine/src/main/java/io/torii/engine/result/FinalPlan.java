package io.torii.engine.result;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;

/** What adaptive execution makes of a plan, once the stages before its last one have run. */
final class FinalPlan {

  private static final Method GETTER = find();

  private FinalPlan() {}

  /** Runs those stages in the calling thread. A plan that is not adaptive is final as it is. */
  static SparkPlan of(SparkPlan plan) throws Exception {
    if (!(plan instanceof AdaptiveSparkPlanExec)) return plan;
    SparkPlan found;
    try {
      found = (SparkPlan) GETTER.invoke(plan);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception ? (Exception) e.getCause() : e;
    }
    return found instanceof QueryStageExec ? ((QueryStageExec) found).plan() : found; // 4.x makes the result a stage, too
  }

  private static Method find() {
    for (String name : new String[] {"finalPhysicalPlan", "getFinalPhysicalPlan"}) { // the second until Spark 3.4
      try {
        Method method = AdaptiveSparkPlanExec.class.getDeclaredMethod(name);
        method.setAccessible(true);
        return method;
      } catch (NoSuchMethodException e) {
        continue;
      }
    }
    throw new IllegalStateException("Spark's AdaptiveSparkPlanExec does not tell its final plan");
  }
}
