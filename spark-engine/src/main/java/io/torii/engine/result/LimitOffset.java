package io.torii.engine.result;

import java.lang.reflect.Method;
import org.apache.spark.sql.execution.CollectLimitExec;

/** The OFFSET beside a LIMIT, which plans have since Spark 3.4. */
final class LimitOffset {

  private static final Method OFFSET = find();

  private LimitOffset() {}

  static int of(CollectLimitExec plan) {
    try {
      return OFFSET == null ? 0 : (Integer) OFFSET.invoke(plan);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Spark's CollectLimitExec does not tell its offset", e);
    }
  }

  private static Method find() {
    try {
      return CollectLimitExec.class.getMethod("offset");
    } catch (NoSuchMethodException e) {
      return null; // Spark 3.3
    }
  }
}
