package io.torii.engine.operation;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.spark.SparkContext;

/** The Spark jobs of one operation: what they have done so far, and how to stop them all, late ones included. */
final class OperationJobs {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

  private final SparkContext context;
  private final OperationLog log;
  private final Set<Integer> running = ConcurrentHashMap.newKeySet();
  private final Map<Integer, StageProgress> stages = new ConcurrentSkipListMap<>();
  private volatile boolean canceled;

  OperationJobs(SparkContext context, OperationLog log) {
    this.context = context;
    this.log = log;
  }

  /** Job by job: on older Sparks a broadcast's job runs under a group of its own. */
  void cancel() {
    canceled = true;
    running.forEach(this::cancelJob);
  }

  boolean isRunning() {
    return !running.isEmpty();
  }

  private void cancelJob(int jobId) {
    if (!context.isStopped()) {
      context.cancelJob(jobId);
    }
  }

  Collection<StageProgress> stages() {
    return stages.values();
  }

  void jobStarted(int jobId) {
    running.add(jobId);
    note("Job " + jobId + " started");
    // A job that was submitted while the operation was being cancelled.
    if (canceled) {
      cancelJob(jobId);
    }
  }

  void jobEnded(int jobId, boolean succeeded) {
    running.remove(jobId);
    note("Job " + jobId + (succeeded ? " finished" : " failed"));
    if (running.isEmpty()) {
      // Stages whose output was there already are never submitted.
      stages.values().stream().filter(stage -> stage.status.equals("PENDING")).forEach(stage -> stage.status = "SKIPPED");
    }
  }

  void stageKnown(int stageId, int tasks) {
    stages.putIfAbsent(stageId, new StageProgress(stageId, tasks));
  }

  void stageStarted(int stageId, int attempt, int tasks) {
    StageProgress stage = new StageProgress(stageId, tasks);
    stage.attempt = attempt;
    stage.status = "RUNNING";
    stages.put(stageId, stage);
    note("Stage " + stageId + " started with " + tasks + " tasks");
  }

  void stageEnded(int stageId, boolean succeeded) {
    StageProgress stage = stages.get(stageId);
    if (stage != null) {
      stage.status = succeeded ? "FINISHED" : "FAILED";
      stage.running = 0;
      note("Stage " + stageId + (succeeded ? " finished" : " failed") + ", "
          + stage.completed + " of " + stage.tasks + " tasks done");
    }
  }

  void taskStarted(int stageId) {
    StageProgress stage = stages.get(stageId);
    if (stage != null) {
      stage.running++;
    }
  }

  void taskEnded(int stageId, boolean successful) {
    StageProgress stage = stages.get(stageId);
    if (stage == null) {
      return;
    }
    stage.running = Math.max(0, stage.running - 1);
    if (successful) {
      stage.completed++;
    } else {
      stage.failed++;
    }
  }

  private void note(String text) {
    log.add(TIME.format(LocalDateTime.now()) + " INFO Progress: " + text);
  }
}
