package io.torii.engine.reply;

import java.nio.ByteBuffer;

/** A piece that is in memory. The bytes are shared: nobody changes them. */
public final class HeapSegment implements Segment {

  private final ByteBuffer bytes;

  public HeapSegment(byte[] array, int from, int length) {
    bytes = ByteBuffer.wrap(array, from, length);
  }

  @Override
  public long remaining() {
    return bytes.remaining();
  }

  @Override
  public void read(ByteBuffer into) {
    int end = bytes.limit();
    bytes.limit(bytes.position() + Math.min(bytes.remaining(), into.remaining()));
    into.put(bytes);
    bytes.limit(end);
  }
}
