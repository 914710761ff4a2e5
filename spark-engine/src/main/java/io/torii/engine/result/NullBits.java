package io.torii.engine.result;

import java.util.List;

/** Joins the null bits of neighbouring slices, which seldom begin or end on a whole byte. */
final class NullBits {

  private static final byte[] NONE = new byte[0];

  private NullBits() {}

  /** The column's bits over all slices; no bytes at all when nothing is null. */
  static byte[] join(List<BlockSlice> slices, int column, int rows) {
    byte[] joined = NONE;
    int at = 0;
    for (BlockSlice slice : slices) {
      Block block = slice.block();
      if (block.hasNulls(column)) {
        if (joined.length == 0) joined = new byte[(rows + 7) >> 3];
        copy(block.head(), block.nullStart(column), slice.from.row(), joined, at, slice.rows());
      }
      at += slice.rows();
    }
    return joined;
  }

  /** Copies {@code count} bits; the target's bits are still 0. */
  private static void copy(byte[] source, int base, int fromBit, byte[] target, int toBit, int count) {
    for (int done = 0; done < count; done += 8) {
      int taken = Math.min(8, count - done);
      int bits = read(source, base, fromBit + done, taken);
      int at = toBit + done;
      int shifted = bits << (at & 7);
      target[at >> 3] |= shifted;
      if ((shifted >> 8) != 0) target[(at >> 3) + 1] |= shifted >> 8;
    }
  }

  private static int read(byte[] source, int base, int bit, int count) {
    int at = base + (bit >> 3);
    int shift = bit & 7;
    int bits = (source[at] & 0xFF) >> shift;
    if (shift + count > 8) bits |= (source[at + 1] & 0xFF) << (8 - shift);
    return bits & ((1 << count) - 1);
  }
}
