package io.torii.engine.result;

import java.io.IOException;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.runtime.AbstractFunction2;

/** What a task does with its partition: all its rows, or the first ones, become blocks, which leave as they are made. */
final class PartitionEncoder extends AbstractFunction2<TaskContext, scala.collection.Iterator<InternalRow>, byte[]>
    implements Serializable {

  private static final long serialVersionUID = 1L;

  private final BlockSource source;
  private final long maxRows;
  private final String collectorId;
  private final int rddId;
  private final int maxDirect;

  /** @param maxDirect bytes that may leave with the task's result */
  PartitionEncoder(BlockSource source, long maxRows, String collectorId, int rddId, int maxDirect) {
    this.source = source;
    this.maxRows = maxRows;
    this.collectorId = collectorId;
    this.rddId = rddId;
    this.maxDirect = maxDirect;
  }

  @Override
  public byte[] apply(TaskContext context, scala.collection.Iterator<InternalRow> rows) {
    return Checked.call(() -> encode(context, new JavaRows(rows)));
  }

  private byte[] encode(TaskContext context, Iterator<InternalRow> rows) throws IOException {
    Collector here = Collector.here(collectorId);
    TaskOutput output = here != null
        ? new DriverOutput(here, here.partition(context.partitionId())) : new ExecutorOutput(context, rddId, maxDirect);
    Iterator<byte[]> blocks = source.encode(rows, maxRows, context);
    while (blocks.hasNext()) output.append(blocks.next());
    return output.finish();
  }
}
