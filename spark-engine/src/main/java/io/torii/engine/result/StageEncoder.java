package io.torii.engine.result;

import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;

/** For a plan that encodes its rows itself, see {@link StagePlan}. */
final class StageEncoder implements BlockSource {

  private static final long serialVersionUID = 1L;

  private final int columns;

  StageEncoder(int columns) {
    this.columns = columns;
  }

  @Override
  public Iterator<byte[]> encode(Iterator<InternalRow> rows, long maxRows, TaskContext context) {
    return new StageBlocks(rows, columns, maxRows, context);
  }
}
