package io.torii.engine.result;

import java.nio.ByteBuffer;
import java.util.List;

/** One batch: a TRowSet already encoded in TBinaryProtocol (field list plus STOP), to be written segment by segment. */
public interface RowSet {

  long rowCount();

  /** Whether a FETCH_NEXT after this batch finds a row. Never true for an empty batch. */
  boolean hasMoreRows();

  /** The struct's bytes in order. The buffers are views: whoever writes them may move their positions, not their contents. */
  List<ByteBuffer> segments();
}
