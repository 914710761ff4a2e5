package io.torii.engine.result;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a task returns: bytes, because any serializer that a site may configure knows those. The first byte says which
 * kind.
 */
final class Outcome {

  /** i64: the number under which the driver's own JVM has the attempt's log. */
  static final byte IN_DRIVER = 1;
  /** Blocks, each with an i32 length before it. */
  static final byte BLOCKS = 2;
  /** i64 task attempt, i32 count: that many chunks wait in the executor's block manager. */
  static final byte CHUNKS = 3;

  private Outcome() {}

  static byte[] inDriver(long number) {
    return ByteBuffer.allocate(9).put(IN_DRIVER).putLong(number).array();
  }

  static byte[] blocks(List<byte[]> blocks) {
    int length = 1;
    for (byte[] block : blocks) length += 4 + block.length;
    ByteBuffer out = ByteBuffer.allocate(length).put(BLOCKS);
    put(blocks, out);
    return out.array();
  }

  static byte[] chunks(long attempt, int count) {
    return ByteBuffer.allocate(13).put(CHUNKS).putLong(attempt).putInt(count).array();
  }

  static void put(List<byte[]> blocks, ByteBuffer out) {
    for (byte[] block : blocks) out.putInt(block.length).put(block);
  }

  /** The blocks up to the buffer's end. */
  static List<byte[]> blocksIn(ByteBuffer in) {
    List<byte[]> blocks = new ArrayList<>();
    while (in.hasRemaining()) {
      byte[] block = new byte[in.getInt()];
      in.get(block);
      blocks.add(block);
    }
    return blocks;
  }
}
