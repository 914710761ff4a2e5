package io.torii.engine.result;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext$;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.SparkSession;

/** Whatever becomes of a result's tasks in an executor of its own, its disk is free afterwards. */
public final class LateTasksTest {

  /** 12 MB from each of two tasks, which then sleep before their last row. */
  private static final String SLEEPY =
      "select id, repeat('x', 200), if(id % 60000 = 59999, java_method('java.lang.Thread', 'sleep', 3000L), null)"
          + " from range(0, 120000, 1, 2)";

  private LateTasksTest() {}

  public static void main(String[] args) throws Exception {
    Path local = Files.createTempDirectory("torii-late-tasks");
    String[] path = System.getProperty("java.class.path").split(File.pathSeparator);
    SparkSession spark = SparkSession.builder()
        .master("local-cluster[1,2,512]")
        .appName("late-tasks-test")
        .config("spark.ui.enabled", "false")
        .config("spark.local.dir", local.toString())
        .config("spark.executor.memory", "512m")
        .config("spark.executor.extraClassPath", path[0] + File.pathSeparator + path[1])
        .getOrCreate();
    spark.sparkContext().setLogLevel("OFF");
    spark.sparkContext().addSparkListener(new LateTasks(spark.sparkContext()));
    ResultSpace space = new ResultSpace(1L << 30, local, 0);
    try {
      killed(spark, local);
      endsWell(spark, space, local);
      canceled(spark, space, local);
    } finally {
      spark.stop();
    }
    System.out.println("LateTasksTest passed");
  }

  /** Its thread is interrupted, and gives up at the first thing that it waits for. */
  private static void killed(SparkSession spark, Path local) throws Exception {
    ExecutorOutput output = new ExecutorOutput(TaskContext$.MODULE$.empty(), spark.sparkContext().newRddId(), 0);
    for (int i = 0; i < 3; i++) output.append(new byte[5 << 20]);
    output.finish();
    Check.that("stored", bytesOfChunks(local) > 15 << 20);
    Thread.currentThread().interrupt();
    output.onTaskFailure(TaskContext$.MODULE$.empty(), new InterruptedException());
    Check.that("the thread stays interrupted", Thread.interrupted());
    Check.equal("left of a killed task", 0L, bytesOfChunks(local));
  }

  /** Nobody waits for its job any more, of which Spark has not heard yet. */
  private static void endsWell(SparkSession spark, ResultSpace space, Path local) throws Exception {
    CountDownLatch ended = new CountDownLatch(2);
    spark.sparkContext().addSparkListener(new SparkListener() {
      @Override
      public void onTaskEnd(SparkListenerTaskEnd event) {
        if (event.taskInfo().successful()) ended.countDown();
      }
    });
    Thread statement = start(spark, space, SLEEPY);
    awaitBytes("tasks store nothing", local, true);
    statement.interrupt();
    statement.join();
    Check.that("tasks end well", ended.await(1, TimeUnit.MINUTES));
    awaitBytes("left of tasks that ended well", local, false);
  }

  private static void canceled(SparkSession spark, ResultSpace space, Path local) throws Exception {
    Thread statement = start(spark, space, "select id, repeat('x', 200) from range(0, 1000000000, 1, 2)");
    awaitBytes("tasks store nothing", local, true);
    spark.sparkContext().cancelJobGroup("late");
    statement.join();
    awaitBytes("left of a cancelled job", local, false);
  }

  private static Thread start(SparkSession spark, ResultSpace space, String query) {
    Thread thread = new Thread(() -> {
      SparkSession.setActiveSession(spark);
      spark.sparkContext().setJobGroup("late", query, true);
      try {
        QueryResults.execute(spark, spark.sql(query), new ResultOptions(9, 0, false), space).close();
      } catch (Exception expected) {
        // It was interrupted or cancelled.
      }
    });
    thread.start();
    return thread;
  }

  private static void awaitBytes(String otherwise, Path local, boolean some) throws Exception {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (bytesOfChunks(local) > 0 != some) {
      Check.that(otherwise, System.nanoTime() < end);
      Thread.sleep(20);
    }
  }

  private static long bytesOfChunks(Path folder) throws IOException {
    AtomicLong bytes = new AtomicLong();
    Files.walkFileTree(folder, new SimpleFileVisitor<Path>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (file.getFileName().toString().startsWith("rdd_")) bytes.addAndGet(attributes.size());
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException gone) {
        return FileVisitResult.CONTINUE;
      }
    });
    return bytes.get();
  }
}
