package io.torii.engine.result;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Keeps blocks on the heap. */
final class MemoryBlockStore implements BlockStore {

  private final WireKind[] kinds;
  private final List<Block> blocks = new ArrayList<>();
  private long[] firstRows = new long[16];
  /** Per block, how many bytes there are up to its end. */
  private long[] endsAt = new long[16];
  private long rows;
  private long bytes;

  MemoryBlockStore(WireKind[] kinds) {
    this.kinds = kinds;
  }

  @Override
  public void append(byte[] encoded) {
    Block block = new Block(encoded, kinds);
    if (block.rows() == 0) return;
    int number = blocks.size();
    if (number == firstRows.length) {
      firstRows = Arrays.copyOf(firstRows, number * 2);
      endsAt = Arrays.copyOf(endsAt, number * 2);
    }
    blocks.add(block);
    firstRows[number] = rows;
    rows += block.rows();
    bytes += encoded.length;
    endsAt[number] = bytes;
  }

  @Override
  public long rows() {
    return rows;
  }

  @Override
  public long bytesBehind(long row) {
    return row >= rows ? 0 : bytes - endsAt[blockOf(row)];
  }

  @Override
  public int blockOf(long row) {
    int found = Arrays.binarySearch(firstRows, 0, blocks.size(), row);
    return found >= 0 ? found : -found - 2;
  }

  @Override
  public long firstRow(int block) {
    return firstRows[block];
  }

  @Override
  public Block read(int block) {
    return blocks.get(block);
  }

  @Override
  public void close() {
    blocks.clear();
    rows = 0;
    bytes = 0;
  }
}
