package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.util.List;

/**
 * One batch: a TRowSet already encoded in TBinaryProtocol (field list plus STOP), to be written segment by segment. To be
 * closed once it was written, or is not going to be.
 */
public interface RowSet extends AutoCloseable {

  long rowCount();

  /** Whether a FETCH_NEXT after this batch may find a row. Never true for an empty batch. */
  boolean hasMoreRows();

  /** The struct's bytes in order, to be read once. */
  List<Segment> segments();

  @Override
  void close();
}
