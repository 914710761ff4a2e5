package io.torii.engine.result;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.RDDBlockId;

/**
 * What leaves an executor too large for a task's result: blocks in chunks, each in the executor's block manager under an
 * RDD's number that is one job's alone, so that executors are not given up while they hold some, and one call frees
 * them all. A chunk is: i64 task attempt, i32 chunk, then blocks as in an {@link Outcome}.
 */
final class Chunks {

  static final int HEADER = 12;

  private static final int CHUNK_BITS = 13;
  private static final int ATTEMPT_BITS = 31 - CHUNK_BITS;
  private static final int SMALL_BYTES = 4 << 20;
  private static final int LARGE_BYTES = 32 << 20;
  private static final int SMALL_ONES = 4096;

  private Chunks() {}

  /** Later chunks of a very large partition are larger, so that its number suffices. */
  static int bytesOf(int chunk) {
    return chunk < SMALL_ONES ? SMALL_BYTES : LARGE_BYTES;
  }

  /** An RDD's blocks have 31 bits; should two attempts meet in them, the header tells. */
  static BlockId id(int rddId, long attempt, int chunk) throws IOException {
    if (chunk >= 1 << CHUNK_BITS) throw new IOException("A partition has more rows than a result can take from it");
    int low = (int) (attempt & (1 << ATTEMPT_BITS) - 1);
    return new RDDBlockId(rddId, low << CHUNK_BITS | chunk);
  }

  /** Frees what executors hold of a job, and says so to Spark, which otherwise keeps idle executors for its sake. */
  static void free(SparkContext context, int rddId) {
    context.unpersistRDD(rddId, false);
  }

  static byte[] of(long attempt, int chunk, List<byte[]> blocks) {
    int length = HEADER;
    for (byte[] block : blocks) length += 4 + block.length;
    ByteBuffer out = ByteBuffer.allocate(length).putLong(attempt).putInt(chunk);
    Outcome.put(blocks, out);
    return out.array();
  }

  /** The blocks of the chunk that is expected, or nothing when it is another one. */
  static List<byte[]> read(byte[] bytes, long attempt, int chunk) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getLong() != attempt || in.getInt() != chunk) throw new IOException("Another task's rows were in the place of this one's");
    return Outcome.blocksIn(in);
  }
}
