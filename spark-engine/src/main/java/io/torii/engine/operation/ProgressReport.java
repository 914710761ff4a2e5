package io.torii.engine.operation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.apache.hive.service.rpc.thrift.TJobExecutionStatus;
import org.apache.hive.service.rpc.thrift.TProgressUpdateResp;

/** Stage progress as beeline draws it: one row a stage, and a footer with the sum. */
final class ProgressReport {
  private static final List<String> HEADERS =
      Arrays.asList("STAGES", "ATTEMPT", "STATUS", "TOTAL", "COMPLETED", "RUNNING", "PENDING", "FAILED", "");

  private ProgressReport() {}

  static TProgressUpdateResp of(Collection<StageProgress> stages, long startedMs, boolean isOver) {
    List<List<String>> rows = new ArrayList<>();
    long total = 0;
    long completed = 0;
    int over = 0;
    for (StageProgress stage : stages) {
      rows.add(row(stage));
      // A stage that is skipped counts as done: its tasks will never run.
      total += stage.tasks;
      completed += stage.isOver() ? stage.tasks : Math.min(stage.completed, stage.tasks);
      over += stage.isOver() ? 1 : 0;
    }
    String footer = String.format(Locale.ROOT, "STAGES: %02d/%02d", over, rows.size());
    double ratio = total == 0 ? 1.0 : (double) completed / total;
    TJobExecutionStatus status = isOver ? TJobExecutionStatus.COMPLETE : TJobExecutionStatus.IN_PROGRESS;
    return new TProgressUpdateResp(HEADERS, rows, ratio, status, footer, startedMs);
  }

  private static List<String> row(StageProgress stage) {
    int pending = Math.max(0, stage.tasks - stage.completed - stage.running);
    return Arrays.asList("Stage-" + stage.stageId + " ....", String.valueOf(stage.attempt), stage.status,
        String.valueOf(stage.tasks), String.valueOf(stage.completed), String.valueOf(stage.running),
        String.valueOf(stage.isOver() ? 0 : pending), String.valueOf(stage.failed), "");
  }
}
