package io.torii.engine.result;

import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.Option;

/** The chunks of one result in the executors' block managers. */
final class ExecutorChunks implements ChunkSource, AutoCloseable {

  private final BlockManager manager = SparkEnv.get().blockManager();
  private final int rddId;
  private volatile boolean mayBeLeft;

  ExecutorChunks(SparkContext context) {
    rddId = context.newRddId();
  }

  int rddId() {
    return rddId;
  }

  /** Tasks outside the driver are about to run. */
  void expect() {
    mayBeLeft = true;
  }

  @Override
  public byte[] take(long attempt, int chunk) throws Exception {
    BlockId id = Chunks.id(rddId, attempt, chunk);
    Option<ChunkedByteBuffer> found = manager.getRemoteBytes(id);
    if (found.isEmpty()) return null;
    byte[] bytes = found.get().toArray();
    found.get().dispose();
    manager.master().removeBlock(id);
    return bytes;
  }

  /** Frees what failed or second attempts have left. */
  @Override
  public void close() {
    if (mayBeLeft) manager.master().removeRdd(rddId, false);
    mayBeLeft = false;
  }
}
