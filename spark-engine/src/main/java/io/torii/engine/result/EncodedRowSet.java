package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.util.List;

/** A batch whose bytes stand ready, in memory or in the result's file. */
final class EncodedRowSet implements RowSet {

  private final long rowCount;
  private final boolean hasMoreRows;
  private final List<Segment> segments;
  private Runnable release;

  /** @param release lets go of the file */
  EncodedRowSet(long rowCount, boolean hasMoreRows, List<Segment> segments, Runnable release) {
    this.rowCount = rowCount;
    this.hasMoreRows = hasMoreRows;
    this.segments = segments;
    this.release = release;
  }

  @Override
  public long rowCount() {
    return rowCount;
  }

  @Override
  public boolean hasMoreRows() {
    return hasMoreRows;
  }

  @Override
  public List<Segment> segments() {
    return segments;
  }

  @Override
  public synchronized void close() {
    Runnable once = release;
    release = null;
    if (once != null) once.run();
  }
}
