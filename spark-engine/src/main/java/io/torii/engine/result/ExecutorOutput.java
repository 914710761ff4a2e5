package io.torii.engine.result;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.TaskFailureListener;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.reflect.ClassTag$;

/** Blocks of a task outside the driver: a few go with its result, more through the executor's disk. */
final class ExecutorOutput implements TaskOutput, TaskFailureListener {

  private final BlockManager manager = SparkEnv.get().blockManager();
  private final int rddId;
  private final long attempt;
  private final int maxDirect;
  private final List<byte[]> held = new ArrayList<>();
  private final List<BlockId> stored = new ArrayList<>();
  private int heldBytes;

  /** @param maxDirect bytes that may go with the result */
  ExecutorOutput(TaskContext context, int rddId, int maxDirect) {
    this.rddId = rddId;
    this.maxDirect = maxDirect;
    attempt = context.taskAttemptId();
    context.addTaskFailureListener(this);
  }

  @Override
  public void append(byte[] block) throws IOException {
    if (heldBytes > 0 && heldBytes + (long) block.length > Chunks.bytesOf(stored.size())) store();
    held.add(block);
    heldBytes += block.length;
  }

  @Override
  public byte[] finish() throws IOException {
    if (stored.isEmpty() && heldBytes <= maxDirect) return Outcome.blocks(held);
    if (heldBytes > 0) store();
    return Outcome.chunks(attempt, stored.size());
  }

  private void store() throws IOException {
    int chunk = stored.size();
    BlockId id = Chunks.id(rddId, attempt, chunk);
    ByteBuffer bytes = ByteBuffer.wrap(Chunks.of(attempt, chunk, held));
    stored.add(id);
    try {
      boolean isStored =
          manager.putBytes(id, new ChunkedByteBuffer(bytes), StorageLevel.DISK_ONLY(), true, ClassTag$.MODULE$.Nothing());
      if (!isStored) throw new IOException("The executor's block manager refused rows of the result");
    } catch (Exception e) { // Scala code throws what it does not declare
      if (Thread.currentThread().isInterrupted()) throw e;
      throw new IOException("Rows of the result could not be written to the executor's local disk: " + e.getMessage(), e);
    }
    held.clear();
    heldBytes = 0;
  }

  /**
   * The driver will never ask for a failed attempt's blocks. A killed task's thread is interrupted, and would give up as soon
   * as it has told the driver of the first one.
   */
  @Override
  public void onTaskFailure(TaskContext context, Throwable error) {
    boolean isInterrupted = Thread.interrupted();
    for (BlockId id : stored) manager.removeBlock(id, true);
    if (isInterrupted) Thread.currentThread().interrupt();
  }
}
