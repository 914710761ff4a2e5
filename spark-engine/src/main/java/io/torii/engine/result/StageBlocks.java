package io.torii.engine.result;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Blocks that the generated code of a {@link StagePlan} fills while its rows are asked for: a row of the plan only says
 * that a block is full.
 */
final class StageBlocks implements Iterator<byte[]> {

  /** In a task's thread, while it asks for rows: where the generated code finds what it is to fill. */
  private static final ThreadLocal<StageBlocks> CURRENT = new ThreadLocal<>();

  /** How often it is looked whether the task was killed, in rows; a power of two. */
  private static final int ROWS_BETWEEN_LOOKS = 64;

  private final Iterator<InternalRow> rows;
  private final TaskContext context;
  private final BlockBuilder builder;
  private final Queue<byte[]> full = new ArrayDeque<>();
  private long left;

  StageBlocks(Iterator<InternalRow> rows, int columns, long maxRows, TaskContext context) {
    this.rows = rows;
    this.context = context;
    builder = new BlockBuilder(columns);
    left = maxRows;
  }

  static StageBlocks current() {
    return CURRENT.get();
  }

  BlockBuilder builder() {
    return builder;
  }

  /**
   * Ends a row; returns whether the plan should hand it on, which makes it pause. A join or an explode may still give some
   * rows before it does.
   */
  boolean endRow() {
    if (left == 0) {
      builder.clear();
      return true;
    }
    left--;
    builder.endRow();
    if ((builder.row() & ROWS_BETWEEN_LOOKS - 1) == 0 && context.isInterrupted()) context.killTaskIfInterrupted();
    if (left > 0 && !builder.isFull()) return false;
    full.add(builder.build());
    return true;
  }

  @Override
  public boolean hasNext() {
    CURRENT.set(this);
    try {
      while (full.isEmpty() && left > 0 && rows.hasNext()) rows.next();
    } finally {
      CURRENT.remove();
    }
    return !full.isEmpty() || !builder.isEmpty();
  }

  @Override
  public byte[] next() {
    if (!hasNext()) throw new NoSuchElementException();
    return full.isEmpty() ? builder.build() : full.remove();
  }
}
