package io.torii.engine.result;

import io.torii.engine.reply.HeapSegment;
import io.torii.engine.reply.Segment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Puts a message together of small pieces, which it copies side by side, and large ones, which it only points at. */
final class SegmentWriter {

  private static final int CHUNK = 4096;
  /** Below this, copying costs less than one more buffer to write. */
  private static final int COPIED_BELOW = 512;

  private final List<Segment> segments = new ArrayList<>();
  private ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
  private int chunkStart;

  void putByte(int value) {
    room(1).put((byte) value);
  }

  void putInt(int value) {
    room(4).putInt(value);
  }

  void putLong(long value) {
    room(8).putLong(value);
  }

  /** A field's type and id. */
  void putField(int type, int id) {
    room(3).put((byte) type).putShort((short) id);
  }

  void putList(int elementType, int size) {
    room(5).put((byte) elementType).putInt(size);
  }

  void put(byte[] bytes, int from, int length) {
    if (length < COPIED_BELOW) {
      room(length).put(bytes, from, length);
      return;
    }
    endSegment();
    segments.add(new HeapSegment(bytes, from, length));
  }

  /** A piece that is read when its turn comes. */
  void put(Segment later) {
    endSegment();
    segments.add(later);
  }

  List<Segment> finish() {
    endSegment();
    return segments;
  }

  private ByteBuffer room(int needed) {
    if (chunk.remaining() < needed) {
      endSegment();
      chunk = ByteBuffer.allocate(CHUNK);
      chunkStart = 0;
    }
    return chunk;
  }

  private void endSegment() {
    int end = chunk.position();
    if (end == chunkStart) return;
    segments.add(new HeapSegment(chunk.array(), chunkStart, end - chunkStart));
    chunkStart = end;
  }
}
