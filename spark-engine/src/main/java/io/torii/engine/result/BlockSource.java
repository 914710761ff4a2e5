package io.torii.engine.result;

import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;

/** Makes blocks of a partition's rows. Travels to the tasks. */
interface BlockSource extends Serializable {

  /**
   * Blocks made as they are asked for. A row may be the same object as the one before it, with other contents.
   *
   * @param context the task's, which ends between two rows when it is killed; null in the driver
   */
  Iterator<byte[]> encode(Iterator<InternalRow> rows, long maxRows, TaskContext context);
}
