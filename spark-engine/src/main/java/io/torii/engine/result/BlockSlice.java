package io.torii.engine.result;

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

  int rows() {
    return to.row() - from.row();
  }

  /** Bytes of values and of null bits, which is what a reply grows by. */
  long bytes() {
    return from.bytesTo(to) + (long) (rows() / 8 + 1) * block().columns();
  }
}
