package io.torii.engine.result;

import java.io.IOException;

/** Consecutive rows of one block. */
final class BlockSlice {

  final BlockCursor from;
  final BlockCursor to;

  BlockSlice(BlockCursor from, BlockCursor to) {
    this.from = from;
    this.to = to;
  }

  Block block() {
    return from.block();
  }

  /** The same rows with their values at hand. */
  BlockSlice loaded() throws IOException {
    Block block = block().loaded();
    return block == block() ? this : new BlockSlice(from.in(block), to.in(block));
  }

  int rows() {
    return to.row() - from.row();
  }

  /** Bytes of values and of null bits, which is what a reply grows by. */
  long bytes() {
    return from.bytesTo(to) + (long) (rows() / 8 + 1) * block().columns();
  }
}
