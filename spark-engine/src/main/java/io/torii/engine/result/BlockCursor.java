package io.torii.engine.result;

/** A place between two rows of a block: the row's number, and where each column's next value begins. */
final class BlockCursor {

  private final Block block;
  private final int row;
  private final int[] offsets;

  private BlockCursor(Block block, int row, int[] offsets) {
    this.block = block;
    this.row = row;
    this.offsets = offsets;
  }

  static BlockCursor start(Block block) {
    int[] offsets = new int[block.columns()];
    for (int i = 0; i < offsets.length; i++) offsets[i] = block.dataStart(i);
    return new BlockCursor(block, 0, offsets);
  }

  private static BlockCursor end(Block block) {
    int[] offsets = new int[block.columns()];
    for (int i = 0; i < offsets.length; i++) offsets[i] = block.dataEnd(i);
    return new BlockCursor(block, block.rows(), offsets);
  }

  Block block() {
    return block;
  }

  /** The same place in another view of the same block. */
  BlockCursor in(Block view) {
    return new BlockCursor(view, row, offsets);
  }

  int row() {
    return row;
  }

  int offset(int column) {
    return offsets[column];
  }

  boolean isAtEnd() {
    return row == block.rows();
  }

  /** The place {@code rows} further. Strings are stepped over one by one, except when the block's end is meant. */
  BlockCursor plus(int rows) {
    int target = row + rows;
    if (target == block.rows()) return end(block);
    int[] next = new int[offsets.length];
    for (int i = 0; i < next.length; i++) next[i] = step(i, offsets[i], rows);
    return new BlockCursor(block, target, next);
  }

  /** How many bytes of values lie between here and a later place in the same block. */
  long bytesTo(BlockCursor end) {
    long bytes = 0;
    for (int i = 0; i < offsets.length; i++) bytes += end.offsets[i] - offsets[i];
    return bytes;
  }

  private int step(int column, int from, int rows) {
    int width = block.kind(column).width;
    if (width > 0) return from + rows * width;
    int at = from;
    for (int i = 0; i < rows; i++) at += 4 + block.lengthAt(at);
    return at;
  }
}
