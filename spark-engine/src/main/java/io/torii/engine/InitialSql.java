package io.torii.engine;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.error.Statuses;
import io.torii.engine.spark.SqlScript;
import org.apache.spark.sql.SparkSession;

/** The site's statements that run before the engine is announced. */
final class InitialSql {
  private InitialSql() {}

  static void run(SparkSession spark, EngineConf conf) {
    String script = conf.firstOf("kyuubi.engine.spark.initialize.sql", "kyuubi.engine.initialize.sql");
    if (script == null) {
      return;
    }
    try {
      SqlScript.run(spark, script);
    } catch (Exception e) {
      // Spark's message repeats the statement, which may hold what no log should.
      throw new StartFailure("the initial SQL (kyuubi.engine.initialize.sql) failed with " + e.getClass().getSimpleName()
          + ", SQLSTATE " + Statuses.sqlState(e));
    }
  }
}
