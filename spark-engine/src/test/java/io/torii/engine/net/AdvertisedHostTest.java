package io.torii.engine.net;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.result.Check;
import org.apache.spark.SparkConf;

/** Under which address an engine is found. */
public final class AdvertisedHostTest {
  private AdvertisedHostTest() {}

  public static void main(String[] args) throws Exception {
    SparkConf inPod =
        new SparkConf(false)
            .set("spark.master", "k8s://https://kubernetes.default.svc")
            .set("spark.driver.bindAddress", "192.0.2.7");
    Check.equal("a pod's own address", "192.0.2.7", hostOf(inPod));
    SparkConf bound = inPod.clone().set("spark.torii.engine.bind.host", "192.0.2.8");
    Check.equal("what the engine alone is bound to", "192.0.2.8", hostOf(bound));
    SparkConf given = bound.clone().set("spark.torii.engine.advertised.host", "engine.example");
    Check.equal("what it was told to say", "engine.example", hostOf(given));
    SparkConf anywhere = inPod.clone().set("spark.driver.bindAddress", "0.0.0.0");
    Check.that("no address of everywhere", !hostOf(anywhere).equals("0.0.0.0"));
    SparkConf noPod = inPod.clone().set("spark.master", "local[1]");
    Check.that("nothing of Spark's without a pod", !hostOf(noPod).equals("192.0.2.7"));
    System.out.println("AdvertisedHostTest passed");
  }

  private static String hostOf(SparkConf conf) throws Exception {
    return AdvertisedHost.of(EngineConf.of(conf));
  }
}
