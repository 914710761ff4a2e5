package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A piece of a reply that is read from the spool while it is sent, so that a slow client holds no memory. */
final class FileSegment implements Segment {

  private final SpoolFile file;
  private long position;
  private long remaining;

  FileSegment(SpoolFile file, long position, long length) {
    this.file = file;
    this.position = position;
    remaining = length;
  }

  @Override
  public long remaining() {
    return remaining;
  }

  @Override
  public void read(ByteBuffer into) throws IOException {
    int taken = (int) Math.min(remaining, into.remaining());
    int limit = into.limit();
    into.limit(into.position() + taken);
    file.read(position, into);
    into.limit(limit);
    position += taken;
    remaining -= taken;
  }
}
