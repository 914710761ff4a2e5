package io.torii.engine.operation;

import io.torii.engine.spark.JobStages;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.apache.spark.scheduler.StageInfo;

/** Knows which Spark jobs and stages belong to which operation, by a local property that every job carries. */
public final class JobTracker extends SparkListener {
  static final String PROPERTY = "torii.operation";

  private final SparkContext context;
  private final Map<String, OperationJobs> operations = new ConcurrentHashMap<>();
  private final Map<Integer, OperationJobs> byJob = new ConcurrentHashMap<>();
  private final Map<Integer, OperationJobs> byStage = new ConcurrentHashMap<>();

  public JobTracker(SparkContext context) {
    this.context = context;
  }

  OperationJobs track(String operationId, OperationLog log) {
    OperationJobs jobs = new OperationJobs(context, log);
    operations.put(operationId, jobs);
    return jobs;
  }

  void forget(String operationId) {
    OperationJobs jobs = operations.remove(operationId);
    if (jobs != null) {
      byJob.values().removeIf(owner -> owner == jobs);
      byStage.values().removeIf(owner -> owner == jobs);
    }
  }

  @Override
  public void onJobStart(SparkListenerJobStart event) {
    OperationJobs jobs = ownerOf(event.properties());
    if (jobs == null) {
      if (isOfOperation(event.properties())) {
        // The operation was closed just before its thread submitted this job: nobody waits for it.
        context.cancelJob(event.jobId());
      }
      return;
    }
    byJob.put(event.jobId(), jobs);
    for (StageInfo stage : JobStages.of(event)) {
      byStage.put(stage.stageId(), jobs);
      jobs.stageKnown(stage.stageId(), stage.numTasks());
    }
    jobs.jobStarted(event.jobId());
  }

  @Override
  public void onJobEnd(SparkListenerJobEnd event) {
    OperationJobs jobs = byJob.remove(event.jobId());
    if (jobs != null) {
      jobs.jobEnded(event.jobId(), event.jobResult().getClass().getSimpleName().startsWith("JobSucceeded"));
    }
  }

  @Override
  public void onStageSubmitted(SparkListenerStageSubmitted event) {
    OperationJobs jobs = ownerOf(event.properties());
    if (jobs != null) {
      StageInfo stage = event.stageInfo();
      byStage.put(stage.stageId(), jobs);
      jobs.stageStarted(stage.stageId(), stage.attemptNumber(), stage.numTasks());
    }
  }

  @Override
  public void onStageCompleted(SparkListenerStageCompleted event) {
    StageInfo stage = event.stageInfo();
    OperationJobs jobs = byStage.get(stage.stageId());
    if (jobs != null) {
      jobs.stageEnded(stage.stageId(), stage.failureReason().isEmpty());
    }
  }

  @Override
  public void onTaskStart(SparkListenerTaskStart event) {
    OperationJobs jobs = byStage.get(event.stageId());
    if (jobs != null) {
      jobs.taskStarted(event.stageId());
    }
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd event) {
    OperationJobs jobs = byStage.get(event.stageId());
    if (jobs != null) {
      jobs.taskEnded(event.stageId(), event.taskInfo() != null && event.taskInfo().successful());
    }
  }

  private static boolean isOfOperation(Properties properties) {
    return properties != null && properties.getProperty(PROPERTY) != null;
  }

  private OperationJobs ownerOf(Properties properties) {
    String id = properties == null ? null : properties.getProperty(PROPERTY);
    return id == null ? null : operations.get(id);
  }
}
