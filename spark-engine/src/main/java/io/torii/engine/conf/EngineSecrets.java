package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Properties;
import org.apache.spark.SparkConf;

/**
 * What no SQL user of this engine may read: taken out of every configuration that Spark shows, before its context starts. Where a
 * cluster's launcher can only place a file, the secrets are in it, under the same names. Its other settings are Spark's own that
 * had to stay out of what the cluster shows, such as a catalog's password: Spark gets them as if they had been submitted.
 */
public final class EngineSecrets {
  private static final String FILE = "spark.torii.engine.secrets.file";
  private static final String KEY = "spark.torii.engine.key";
  private static final String DIGEST = "spark.kyuubi.ha.zookeeper.auth.digest";
  private static final String TRUSTSTORE_PASSWORD = "spark.torii.ha.zookeeper.engine.ssl.truststore.password";
  private static final String KEYSTORE_PASSWORD = "spark.torii.ha.zookeeper.engine.ssl.keystore.password";

  private final String key;
  private final String zooKeeperDigest;
  private final String zooKeeperTruststorePassword;
  private final String zooKeeperKeystorePassword;

  private EngineSecrets(SparkConf conf) {
    Properties file = load(conf.get(FILE, ""));
    this.key = take(conf, file, KEY);
    this.zooKeeperDigest = take(conf, file, DIGEST);
    this.zooKeeperTruststorePassword = take(conf, file, TRUSTSTORE_PASSWORD);
    this.zooKeeperKeystorePassword = take(conf, file, KEYSTORE_PASSWORD);
    handOver(file, conf);
  }

  public static EngineSecrets takeOutOf(SparkConf conf) {
    return new EngineSecrets(conf);
  }

  /** Of the form of a `.properties` file. */
  private static Properties load(String path) {
    Properties properties = new Properties();
    if (!path.trim().isEmpty()) {
      try (Reader reader = Files.newBufferedReader(Paths.get(path.trim()), StandardCharsets.UTF_8)) {
        properties.load(reader);
      } catch (IOException | IllegalArgumentException e) {
        throw new StartFailure(FILE + " can not be read", e);
      }
    }
    return properties;
  }

  private static String take(SparkConf conf, Properties file, String key) {
    String value = file.getProperty(key, conf.get(key, ""));
    file.remove(key);
    conf.remove(key);
    // spark-submit hands settings on as system properties, where `SET` or a UDF would find them.
    System.clearProperty(key);
    return value.trim().isEmpty() ? null : value.trim();
  }

  /** As settings and as system properties, as which spark-submit hands on all others: code that makes a `SparkConf` finds them. */
  private static void handOver(Properties file, SparkConf conf) {
    for (String name : file.stringPropertyNames()) {
      if (name.startsWith("spark.") && !name.equals(FILE)) {
        conf.set(name, file.getProperty(name));
        System.setProperty(name, file.getProperty(name));
      }
    }
  }

  /** The engine's own key, or null. */
  public String key() {
    return key;
  }

  /** `user:password` for ZooKeeper's digest scheme, or null. */
  public String zooKeeperDigest() {
    return zooKeeperDigest;
  }

  /** Null where the truststore has none. */
  public String zooKeeperTruststorePassword() {
    return zooKeeperTruststorePassword;
  }

  /** Null where the keystore has none. */
  public String zooKeeperKeystorePassword() {
    return zooKeeperKeystorePassword;
  }
}
