package io.torii.engine.result;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Cuts batches out of the stored blocks: whole blocks where they fit, part of one where rows or bytes run out. */
final class BatchCutter {

  private final Spool store;
  private final int overheadPerRow;

  /** Where the last batch ended, so that the next one need not walk there again; -1 when nowhere. */
  private int lastBlock = -1;

  private BlockCursor lastEnd;

  BatchCutter(Spool store, int overheadPerRow) {
    this.store = store;
    this.overheadPerRow = overheadPerRow;
  }

  /** Rows from {@code start} on: at least one if there is one, and otherwise within both limits. */
  List<BlockSlice> cut(long start, long maxRows, long maxBytes) throws IOException {
    List<BlockSlice> batch = new ArrayList<>();
    long rowsLeft = Math.min(maxRows, store.rows() - start);
    long bytesLeft = maxBytes;
    if (rowsLeft <= 0) return batch;
    int number = store.blockOf(start);
    BlockCursor from = cursorAt(number, start);
    while (true) {
      Block block = from.block();
      int wanted = (int) Math.min(rowsLeft, block.rows() - from.row());
      BlockSlice slice = first(from, wanted);
      if (sizeOf(slice) > bytesLeft) {
        if (!batch.isEmpty()) break; // the block comes whole with the next batch
        slice = shorten(slice.loaded(), bytesLeft);
      }
      batch.add(slice);
      rowsLeft -= slice.rows();
      bytesLeft -= sizeOf(slice);
      lastBlock = number;
      lastEnd = slice.to;
      if (rowsLeft == 0 || slice.rows() < wanted) break;
      from = BlockCursor.start(store.read(++number));
    }
    return batch;
  }

  private BlockCursor cursorAt(int number, long row) throws IOException {
    int within = (int) (row - store.firstRow(number));
    if (number == lastBlock && lastEnd.row() <= within) return lastEnd.plus(within - lastEnd.row());
    Block block = store.read(number);
    return within == 0 ? BlockCursor.start(block) : BlockCursor.start(block.loaded()).plus(within);
  }

  /** The rows after a place. A block that is cut is cut again by the next batch, so its values are brought here. */
  private static BlockSlice first(BlockCursor from, int rows) throws IOException {
    Block block = from.block();
    BlockCursor start = from.row() + rows < block.rows() ? from.in(block.loaded()) : from;
    return new BlockSlice(start, start.plus(rows));
  }

  /** As many of the slice's rows as the bytes allow, and one at least. */
  private BlockSlice shorten(BlockSlice slice, long maxBytes) {
    BlockSlice fitting = new BlockSlice(slice.from, slice.from.plus(1));
    while (fitting.rows() < slice.rows()) {
      BlockSlice longer = new BlockSlice(slice.from, fitting.to.plus(1));
      if (sizeOf(longer) > maxBytes) break;
      fitting = longer;
    }
    return fitting;
  }

  private long sizeOf(BlockSlice slice) {
    return slice.bytes() + (long) overheadPerRow * slice.rows();
  }
}
