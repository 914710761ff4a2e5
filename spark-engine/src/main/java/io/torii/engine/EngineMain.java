package io.torii.engine;

import io.torii.engine.conf.CommandLine;
import io.torii.engine.conf.EngineConf;
import io.torii.engine.conf.EngineSecrets;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkConf;

/** The Spark application's main class. */
public final class EngineMain {
  private static final long EXIT_LIMIT_MS = TimeUnit.SECONDS.toMillis(10);

  private EngineMain() {}

  public static void main(String[] args) {
    boolean leavesExitToYarn = false;
    try {
      CommandLine.apply(args);
      SparkConf sparkConf = new SparkConf();
      EngineSecrets secrets = EngineSecrets.takeOutOf(sparkConf);
      EngineConf conf = EngineConf.of(sparkConf);
      StartWatch watch = StartWatch.begin(conf);
      Engine engine = Engine.start(sparkConf, conf, secrets);
      watch.done();
      engine.awaitEnd();
      leavesExitToYarn = conf.get("spark.master", "").equals("yarn") && conf.get("spark.submit.deployMode", "").equals("cluster");
    } catch (Throwable e) {
      fail(e);
    }
    if (!leavesExitToYarn) {
      // YARN's application master takes an exit from below it for a failure; elsewhere, stray threads must not keep us.
      Termination.haltAfter(EXIT_LIMIT_MS, 0);
      System.exit(0);
    }
  }

  static void fail(Throwable cause) {
    int exitCode = cause instanceof StartFailure ? ((StartFailure) cause).exitCode() : StartFailure.FAILED;
    System.err.println("Engine start failed: " + StartFailure.describe(cause));
    System.err.flush();
    Termination.haltAfter(EXIT_LIMIT_MS, exitCode);
    System.exit(exitCode);
  }
}
