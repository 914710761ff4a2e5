package io.torii.engine.spark;

import io.torii.engine.conf.EngineConf;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** Starts Spark with the engine's defaults, which stand back behind everything that was set. */
public final class SparkStart {
  private SparkStart() {}

  public static void setDefaults(SparkConf sparkConf, EngineConf conf) {
    sparkConf.setIfMissing("spark.master", "local[*]");
    sparkConf.setIfMissing("spark.app.name", "torii-spark-engine");
    if (!sparkConf.get("spark.master").startsWith("k8s")) {
      // Many engines share a host: a fixed UI port would only be tried in vain.
      sparkConf.setIfMissing("spark.ui.port", "0");
    }
    if (isHiveInTheBuild()) {
      sparkConf.setIfMissing("spark.sql.catalogImplementation", "hive");
    }
    if (conf.flag("torii.engine.optimizer.one.row.local", true)) {
      String ours = EngineExtensions.class.getName();
      String theirs = sparkConf.get("spark.sql.extensions", "").trim();
      sparkConf.set("spark.sql.extensions", theirs.isEmpty() ? ours : theirs + "," + ours);
    }
  }

  public static SparkSession start(SparkConf sparkConf) {
    SparkContext.getOrCreate(sparkConf);
    return SparkSession.builder().getOrCreate();
  }

  private static boolean isHiveInTheBuild() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      Class.forName("org.apache.spark.sql.hive.HiveSessionStateBuilder", false, loader);
      Class.forName("org.apache.hadoop.hive.conf.HiveConf", false, loader);
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }
}
