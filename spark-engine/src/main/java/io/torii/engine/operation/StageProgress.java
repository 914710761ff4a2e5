package io.torii.engine.operation;

/** How far one attempt of a stage has come. Changed on the listener's thread only. */
final class StageProgress {
  final int stageId;
  final int tasks;
  volatile int attempt;
  volatile int running;
  volatile int completed;
  volatile int failed;
  volatile String status = "PENDING";

  StageProgress(int stageId, int tasks) {
    this.stageId = stageId;
    this.tasks = tasks;
  }

  boolean isOver() {
    return status.equals("FINISHED") || status.equals("SKIPPED");
  }
}
