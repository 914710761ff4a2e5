package io.torii.engine.reply;

import java.util.Collections;
import java.util.List;

/** A message's bytes on their way to a client, and what to let go of once they have left or never will. */
public final class Reply implements AutoCloseable {

  private final List<Segment> segments;
  private Runnable whenDone;

  public Reply(List<Segment> segments, Runnable whenDone) {
    this.segments = segments;
    this.whenDone = whenDone;
  }

  public static Reply of(byte[] array, int length) {
    return new Reply(Collections.singletonList(new HeapSegment(array, 0, length)), () -> {});
  }

  public List<Segment> segments() {
    return segments;
  }

  /** Bytes of all segments that were not yet read. */
  public long remaining() {
    long bytes = 0;
    for (Segment segment : segments) bytes += segment.remaining();
    return bytes;
  }

  @Override
  public synchronized void close() {
    Runnable once = whenDone;
    whenDone = null;
    if (once != null) once.run();
  }
}
