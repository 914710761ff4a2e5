package io.torii.engine.conf;

import org.apache.spark.SparkConf;

/** What no SQL user of this engine may read: taken out of every configuration that Spark shows, before its context starts. */
public final class EngineSecrets {
  private static final String KEY = "spark.torii.engine.key";
  private static final String DIGEST = "spark.kyuubi.ha.zookeeper.auth.digest";

  private final String key;
  private final String zooKeeperDigest;

  private EngineSecrets(String key, String zooKeeperDigest) {
    this.key = key;
    this.zooKeeperDigest = zooKeeperDigest;
  }

  public static EngineSecrets takeOutOf(SparkConf conf) {
    return new EngineSecrets(take(conf, KEY), take(conf, DIGEST));
  }

  private static String take(SparkConf conf, String key) {
    String value = conf.get(key, null);
    conf.remove(key);
    // spark-submit hands settings on as system properties, where `SET` or a UDF would find them.
    System.clearProperty(key);
    return value == null || value.trim().isEmpty() ? null : value.trim();
  }

  /** The engine's own key, or null. */
  public String key() {
    return key;
  }

  /** `user:password` for ZooKeeper's digest scheme, or null. */
  public String zooKeeperDigest() {
    return zooKeeperDigest;
  }
}
