package io.torii.engine.result;

import java.util.ArrayList;
import java.util.List;

/** The blocks that one attempt at a partition has handed in so far, in row order. */
final class PartitionLog {

  final int partition;
  final List<StoredBlock> blocks = new ArrayList<>();

  PartitionLog(int partition) {
    this.partition = partition;
  }
}
