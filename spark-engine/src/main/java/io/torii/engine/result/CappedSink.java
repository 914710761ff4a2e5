package io.torii.engine.result;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Lets a result's first rows into a store and drops the others. */
final class CappedSink implements BlockSink {

  private final BlockSink store;
  private final WireKind[] kinds;
  private long rowsLeft;

  CappedSink(BlockSink store, WireKind[] kinds, long maxRows) {
    this.store = store;
    this.kinds = kinds;
    rowsLeft = maxRows;
  }

  long rowsLeft() {
    return rowsLeft;
  }

  @Override
  public void append(byte[] encoded) throws IOException {
    if (rowsLeft == 0) return;
    Block block = new Block(encoded, kinds);
    int kept = (int) Math.min(rowsLeft, block.rows());
    store.append(kept == block.rows() ? encoded : head(block, kept));
    rowsLeft -= kept;
  }

  /** A block of the first rows, in the layout that {@link BlockBuilder} describes. */
  private static byte[] head(Block block, int rows) {
    BlockCursor from = BlockCursor.start(block);
    BlockSlice slice = new BlockSlice(from, from.plus(rows));
    int columns = block.columns();
    byte[][] nulls = new byte[columns][];
    long total = 4L + 8L * columns + from.bytesTo(slice.to);
    for (int i = 0; i < columns; i++) {
      nulls[i] = NullBits.join(java.util.Collections.singletonList(slice), i, rows);
      total += nulls[i].length;
    }
    ByteBuffer out = ByteBuffer.allocate((int) total).putInt(rows);
    for (int i = 0; i < columns; i++) out.putInt(slice.to.offset(i) - from.offset(i)).putInt(nulls[i].length);
    for (int i = 0; i < columns; i++) {
      out.put(block.bytes(), from.offset(i), slice.to.offset(i) - from.offset(i)).put(nulls[i]);
    }
    return out.array();
  }
}
