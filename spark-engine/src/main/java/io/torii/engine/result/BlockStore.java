package io.torii.engine.result;

import java.io.IOException;

/**
 * A result's blocks in row order. Written by one thread and then, or between two appends, read by one; row numbers
 * begin at 0.
 */
interface BlockStore extends BlockSink, AutoCloseable {

  /** Rows appended so far. */
  long rows();

  /** Bytes of the blocks behind the one that holds this row. */
  long bytesBehind(long row);

  /** The number of the block that holds this row. */
  int blockOf(long row);

  /** The number of the block's first row. */
  long firstRow(int block);

  Block read(int block) throws IOException;

  @Override
  void close();
}
