package io.torii.engine.spark;

import org.apache.spark.sql.SparkSessionExtensions;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/** What the engine adds to every Spark session; named in `spark.sql.extensions`. */
public final class EngineExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    extensions.injectOptimizerRule(OneRowRule::new);
    return BoxedUnit.UNIT;
  }
}
