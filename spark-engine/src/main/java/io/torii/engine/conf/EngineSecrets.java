package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Properties;
import org.apache.spark.SparkConf;

/**
 * What no SQL user of this engine may read: taken out of every configuration that Spark shows, before its context starts. Where a
 * cluster's launcher has no hidden place for settings, the secrets are in a file or in a secret of AWS Secrets Manager, under the
 * same names. Its other settings are Spark's own that had to stay out of what the cluster shows, such as a catalog's password:
 * Spark gets them as if they had been submitted.
 */
public final class EngineSecrets {
  private static final String PLACES = "spark.torii.engine.secrets.";
  private static final String FILE = PLACES + "file";
  private static final String MANAGER = PLACES + "manager";
  private static final String MANAGER_REGION = MANAGER + ".region";
  private static final String MANAGER_ENDPOINT = MANAGER + ".endpoint";
  private static final String KEY = "spark.torii.engine.key";
  private static final String DIGEST = "spark.kyuubi.ha.zookeeper.auth.digest";
  private static final String TRUSTSTORE_PASSWORD = "spark.torii.ha.zookeeper.engine.ssl.truststore.password";
  private static final String KEYSTORE_PASSWORD = "spark.torii.ha.zookeeper.engine.ssl.keystore.password";

  private final String key;
  private final String zooKeeperDigest;
  private final String zooKeeperTruststorePassword;
  private final String zooKeeperKeystorePassword;

  private EngineSecrets(SparkConf conf) {
    Properties placed = new Properties();
    String file = takeSetting(conf, FILE);
    String secret = takeSetting(conf, MANAGER);
    String region = takeSetting(conf, MANAGER_REGION);
    String endpoint = takeSetting(conf, MANAGER_ENDPOINT);
    if (file != null && secret != null) {
      throw new StartFailure(FILE + " and " + MANAGER + " are both set: the secrets can be in one place only");
    }
    if (file != null) {
      loadFile(file, placed);
    } else if (secret != null) {
      loadManaged(secret, region, endpoint, placed);
    }
    this.key = take(conf, placed, KEY);
    this.zooKeeperDigest = take(conf, placed, DIGEST);
    this.zooKeeperTruststorePassword = take(conf, placed, TRUSTSTORE_PASSWORD);
    this.zooKeeperKeystorePassword = take(conf, placed, KEYSTORE_PASSWORD);
    handOver(placed, conf);
  }

  public static EngineSecrets takeOutOf(SparkConf conf) {
    return new EngineSecrets(conf);
  }

  /** Of the form of a `.properties` file. */
  private static void loadFile(String path, Properties properties) {
    try (Reader reader = Files.newBufferedReader(Paths.get(path), StandardCharsets.UTF_8)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new StartFailure(FILE + " can not be read", e);
    }
  }

  /** Of the same form. */
  private static void loadManaged(String secret, String region, String endpoint, Properties properties) {
    if (region == null) {
      throw new StartFailure(MANAGER + " needs " + MANAGER_REGION);
    }
    // The engine's own class path may have been added to by spark-submit.
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (AwsSecretReader reader = new AwsSecretReader(loader, secret, region, endpoint)) {
      properties.load(new StringReader(new ManagedSecret(secret, region).read(reader)));
    } catch (IOException | IllegalArgumentException e) {
      // Its text is in no message.
      throw new StartFailure("the secret that " + MANAGER + " names is not of the form of a .properties file");
    }
  }

  private static String take(SparkConf conf, Properties placed, String key) {
    String setting = takeSetting(conf, key);
    String value = (String) placed.remove(key);
    return value == null ? setting : value.trim().isEmpty() ? null : value.trim();
  }

  /** The setting, which is then nowhere any more, or null where it is not set or blank. */
  private static String takeSetting(SparkConf conf, String key) {
    String value = conf.get(key, "").trim();
    conf.remove(key);
    // spark-submit hands settings on as system properties, where `SET` or a UDF would find them.
    System.clearProperty(key);
    return value.isEmpty() ? null : value;
  }

  /** As settings and as system properties, as which spark-submit hands on all others: code that makes a `SparkConf` finds them. */
  private static void handOver(Properties placed, SparkConf conf) {
    for (String name : placed.stringPropertyNames()) {
      if (name.startsWith("spark.") && !name.startsWith(PLACES)) {
        conf.set(name, placed.getProperty(name));
        System.setProperty(name, placed.getProperty(name));
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
