package io.torii.engine.result;

import org.apache.spark.sql.SparkSession;

/** A small local Spark with a fixed time zone that is not UTC. */
public final class TestSession {

  private TestSession() {}

  public static SparkSession open() {
    SparkSession spark =
        SparkSession.builder()
            .master("local[1]")
            .appName("result-test")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.session.timeZone", "America/Los_Angeles")
            .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/torii-result-test")
            .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
    SparkSession.setActiveSession(spark);
    return spark;
  }
}
