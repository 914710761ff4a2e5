package io.torii.engine.result;

import java.nio.ByteBuffer;
import java.util.List;

/** A batch whose bytes stand ready. */
final class EncodedRowSet implements RowSet {

  private final long rowCount;
  private final boolean hasMoreRows;
  private final List<ByteBuffer> segments;

  EncodedRowSet(long rowCount, boolean hasMoreRows, List<ByteBuffer> segments) {
    this.rowCount = rowCount;
    this.hasMoreRows = hasMoreRows;
    this.segments = segments;
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
  public List<ByteBuffer> segments() {
    return segments;
  }
}
