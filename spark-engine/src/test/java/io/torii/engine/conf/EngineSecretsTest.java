package io.torii.engine.conf;

import io.torii.engine.StartFailure;
import io.torii.engine.result.Check;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.SparkConf;

/** Secrets from settings or from a file; in either case Spark keeps none. */
public final class EngineSecretsTest {
  private static final String KEY = "spark.torii.engine.key";
  private static final String DIGEST = "spark.kyuubi.ha.zookeeper.auth.digest";
  private static final String FILE = "spark.torii.engine.secrets.file";
  private static final String MANAGER = "spark.torii.engine.secrets.manager";

  private EngineSecretsTest() {}

  public static void main(String[] args) throws Exception {
    fromSettings();
    fromFile();
    catalogPassword();
    missingFile();
    placesAreForgotten();
    wrongPlaces();
    noAwsSdk();
    System.out.println("EngineSecretsTest passed");
  }

  private static void fromSettings() {
    System.setProperty(KEY, "k1");
    SparkConf conf = new SparkConf(true).set(DIGEST, "user:pass");
    EngineSecrets secrets = EngineSecrets.takeOutOf(conf);
    Check.equal("key", "k1", secrets.key());
    Check.equal("digest", "user:pass", secrets.zooKeeperDigest());
    Check.equal("no password", null, secrets.zooKeeperKeystorePassword());
    Check.that("Spark keeps none", !conf.contains(KEY) && !conf.contains(DIGEST));
    Check.equal("nor does the JVM", null, System.getProperty(KEY));
  }

  private static void fromFile() throws Exception {
    Path file = Files.createTempFile("torii-secrets", ".properties");
    try {
      Files.write(file, (KEY + "=k2\nspark.torii.ha.zookeeper.engine.ssl.keystore.password = p w\n").getBytes(StandardCharsets.UTF_8));
      SparkConf conf = new SparkConf(false).set(FILE, file.toString()).set(KEY, "of somebody else").set(DIGEST, "user:pass");
      EngineSecrets secrets = EngineSecrets.takeOutOf(conf);
      Check.equal("the file's key comes first", "k2", secrets.key());
      Check.equal("password", "p w", secrets.zooKeeperKeystorePassword());
      Check.equal("what the file lacks", "user:pass", secrets.zooKeeperDigest());
      Check.that("Spark keeps none", !conf.contains(KEY) && !conf.contains(DIGEST));
    } finally {
      Files.delete(file);
    }
  }

  private static void catalogPassword() throws Exception {
    String password = "spark.sql.catalog.lake.password";
    Path file = Files.createTempFile("torii-secrets", ".properties");
    try {
      Files.write(file, (KEY + "=k3\n" + password + "=p\u00fc w\nother.password=x\n").getBytes(StandardCharsets.UTF_8));
      SparkConf conf = new SparkConf(false).set(FILE, file.toString()).set(password, "of somebody else");
      Check.equal("key", "k3", EngineSecrets.takeOutOf(conf).key());
      Check.equal("Spark has the password", "p\u00fc w", conf.get(password));
      Check.equal("so has who makes a configuration of its own", "p\u00fc w", new SparkConf(true).get(password));
      Check.that("Spark does not have the key", !conf.contains(KEY) && System.getProperty(KEY) == null);
      Check.that("nor what is no setting of Spark's", !conf.contains("other.password") && System.getProperty("other.password") == null);
    } finally {
      System.clearProperty(password);
      Files.delete(file);
    }
  }

  private static void missingFile() {
    try {
      EngineSecrets.takeOutOf(new SparkConf(false).set(FILE, "/nonexistent/secrets"));
      Check.that("a missing file is said", false);
    } catch (StartFailure e) {
      Check.equal("the setting is named", FILE + " can not be read", e.getMessage());
    }
  }

  private static void placesAreForgotten() throws Exception {
    Path file = Files.createTempFile("torii-secrets", ".properties");
    try {
      Files.write(file, (KEY + "=k4\n" + MANAGER + "=of somebody\n").getBytes(StandardCharsets.UTF_8));
      System.setProperty(FILE, file.toString());
      System.setProperty(MANAGER + ".region", "eu-west-1");
      SparkConf conf = new SparkConf(true);
      Check.equal("key", "k4", EngineSecrets.takeOutOf(conf).key());
      for (String place : new String[] {FILE, MANAGER, MANAGER + ".region"}) {
        Check.that("Spark does not show " + place, !conf.contains(place));
        Check.equal("nor does the JVM", null, System.getProperty(place));
      }
    } finally {
      Files.delete(file);
    }
  }

  private static void wrongPlaces() {
    SparkConf both = new SparkConf(false).set(FILE, "/tmp/x").set(MANAGER, "torii/a/b");
    Check.equal("two places", FILE + " and " + MANAGER + " are both set: the secrets can be in one place only", failureOf(both));
    Check.equal("no region", MANAGER + " needs " + MANAGER + ".region", failureOf(new SparkConf(false).set(MANAGER, "torii/a/b")));
  }

  private static void noAwsSdk() {
    SparkConf conf = new SparkConf(false).set(MANAGER, "torii/a/b").set(MANAGER + ".region", "eu-west-1");
    String failure = failureOf(conf);
    Check.that("what is missing is said: " + failure, failure.contains("the class path has no AWS SDK for Java 2"));
  }

  private static String failureOf(SparkConf conf) {
    try {
      EngineSecrets.takeOutOf(conf);
    } catch (StartFailure e) {
      return StartFailure.describe(e);
    }
    throw new AssertionError("no failure");
  }
}
