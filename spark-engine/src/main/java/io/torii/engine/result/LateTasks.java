package io.torii.engine.result;

import io.torii.engine.operation.EngineThreads;
import io.torii.engine.spark.JobStages;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what tasks store on their executors after the driver has given their job up: executors hear of that some time later,
 * and a task may even end well meanwhile.
 */
public final class LateTasks extends SparkListener {

  /** Names, in a job's properties, the RDD under whose number its tasks store their chunks. */
  private static final String PROPERTY = "torii.result.rdd";

  private static final Logger LOG = LoggerFactory.getLogger(LateTasks.class);

  /** Neither Spark's other listeners nor a thread that may be interrupted should wait for the block managers. */
  private static final ExecutorService THREAD = Executors.newSingleThreadExecutor(EngineThreads.named("torii-free"));

  /** Jobs whose chunks are still wanted, by that number. */
  private static final Set<Integer> WANTED = ConcurrentHashMap.newKeySet();

  /** What the thread is about to free. */
  private static final Set<Integer> UNWANTED = ConcurrentHashMap.newKeySet();

  private final SparkContext context;
  // Spark calls a listener from one thread.
  private final Map<Integer, Job> byId = new HashMap<>();
  private final Map<Integer, Job> byStage = new HashMap<>();

  public LateTasks(SparkContext context) {
    this.context = context;
  }

  /** The jobs that the calling thread submits from now on store their chunks under this number. */
  static void begin(SparkContext context, int rddId) {
    WANTED.add(rddId);
    context.setLocalProperty(PROPERTY, String.valueOf(rddId));
  }

  /** Nobody will ask for these chunks any more, whether their tasks have ended or not. */
  static void end(SparkContext context, int rddId) {
    context.setLocalProperty(PROPERTY, null);
    WANTED.remove(rddId);
    free(context, rddId);
  }

  @Override
  public void onJobStart(SparkListenerJobStart event) {
    Properties properties = event.properties();
    String rddId = properties == null ? null : properties.getProperty(PROPERTY);
    if (rddId == null) return;
    Job job = new Job(Integer.parseInt(rddId));
    byId.put(event.jobId(), job);
    for (StageInfo stage : JobStages.of(event)) byStage.put(stage.stageId(), job);
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart event) {
    Job job = byStage.get(event.stageId());
    if (job != null) job.running++;
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd event) {
    Job job = byStage.get(event.stageId());
    if (job == null) return;
    job.running--;
    if (!WANTED.contains(job.rddId)) free(context, job.rddId);
    forgetIfOver(job);
  }

  @Override
  public void onJobEnd(SparkListenerJobEnd event) {
    Job job = byId.remove(event.jobId());
    if (job == null) return;
    job.hasEnded = true;
    forgetIfOver(job);
  }

  private void forgetIfOver(Job job) {
    if (job.hasEnded && job.running <= 0) byStage.values().removeIf(other -> other == job);
  }

  private static void free(SparkContext context, int rddId) {
    if (!UNWANTED.add(rddId)) return;
    THREAD.execute(() -> {
      UNWANTED.remove(rddId);
      try {
        if (!context.isStopped()) Chunks.free(context, rddId);
      } catch (Exception e) {
        LOG.warn("Rows that nobody fetches may be left on executors", e);
      }
    });
  }

  private static final class Job {
    final int rddId;
    int running;
    boolean hasEnded;

    Job(int rddId) {
      this.rddId = rddId;
    }
  }
}
