package io.torii.engine.result;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * Shows partitions' blocks in the partitions' order, whichever order they come in. Early, a partition's blocks are shown
 * while its task still runs, once all partitions before it are complete.
 */
final class PartitionOrder {

  private final Spool spool;
  private final boolean early;
  private final Map<Integer, PartitionLog> finished = new HashMap<>();
  private final Map<Integer, PartitionLog> growing = new HashMap<>();
  private int next;
  /** The attempt of which blocks have been shown, and how many; null while none has. */
  private PartitionLog shown;

  private int shownBlocks;

  PartitionOrder(Spool spool, boolean early) {
    this.spool = spool;
    this.early = early;
  }

  /** Keeps one more block of an attempt. */
  void append(PartitionLog log, byte[] bytes) throws IOException {
    StoredBlock block = spool.keep(bytes);
    synchronized (this) {
      log.blocks.add(block);
      if (!early) return;
      PartitionLog first = growing.putIfAbsent(log.partition, log);
      if (first == null || first == log) showGrown();
      else if (log.partition == next && shownBlocks > 0) throw new IOException(runAgain());
    }
  }

  /** The attempt is the one that counts. */
  synchronized void finish(PartitionLog log) {
    if (log.partition < next) return; // counted already
    if (log.partition == next && shown != null && shown != log) throw new IllegalStateException(runAgain());
    finished.put(log.partition, log);
    while (finished.containsKey(next)) {
      show(finished.remove(next));
      growing.remove(next);
      next++;
      shown = null;
      shownBlocks = 0;
    }
    showGrown();
  }

  private void showGrown() {
    PartitionLog log = growing.get(next);
    if (log != null) show(log);
  }

  private void show(PartitionLog log) {
    for (; shownBlocks < log.blocks.size(); shownBlocks++) {
      shown = log;
      spool.add(log.blocks.get(shownBlocks));
    }
  }

  /** Another attempt may make other rows, or the same in another order. */
  private String runAgain() {
    return "Partition " + next + " was run again after rows of it had been handed out; set "
        + "kyuubi.operation.incremental.collect to false for this statement";
  }
}
