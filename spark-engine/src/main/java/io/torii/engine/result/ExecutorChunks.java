package io.torii.engine.result;

import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.BlockManager;
import org.apache.spark.util.io.ChunkedByteBuffer;
import scala.Option;

/** The chunks of one job in the executors' block managers. */
final class ExecutorChunks implements ChunkSource, AutoCloseable {

  private final SparkContext context;
  private final BlockManager manager = SparkEnv.get().blockManager();
  private final int rddId;

  ExecutorChunks(SparkContext context) {
    this.context = context;
    rddId = context.newRddId();
    if (!context.isLocal()) LateTasks.begin(context, rddId);
  }

  int rddId() {
    return rddId;
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

  @Override
  public void close() {
    if (!context.isLocal()) LateTasks.end(context, rddId);
  }
}
