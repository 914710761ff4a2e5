package io.torii.engine.result;

import java.nio.ByteBuffer;

/** A read-only view of a block's bytes; {@link BlockBuilder} describes them. */
final class Block {

  private final byte[] bytes;
  private final WireKind[] kinds;
  private final int rows;
  private final int[] dataStarts;
  private final int[] dataEnds;
  private final boolean[] hasNulls;

  Block(byte[] bytes, WireKind[] kinds) {
    this.bytes = bytes;
    this.kinds = kinds;
    ByteBuffer in = ByteBuffer.wrap(bytes);
    rows = in.getInt();
    int columns = kinds.length;
    dataStarts = new int[columns];
    dataEnds = new int[columns];
    hasNulls = new boolean[columns];
    int at = 4 + 8 * columns;
    for (int i = 0; i < columns; i++) {
      dataStarts[i] = at;
      dataEnds[i] = at + in.getInt();
      int nullLength = in.getInt();
      hasNulls[i] = nullLength > 0;
      at = dataEnds[i] + nullLength;
    }
  }

  byte[] bytes() {
    return bytes;
  }

  WireKind kind(int column) {
    return kinds[column];
  }

  int columns() {
    return kinds.length;
  }

  int rows() {
    return rows;
  }

  int dataStart(int column) {
    return dataStarts[column];
  }

  int dataEnd(int column) {
    return dataEnds[column];
  }

  boolean hasNulls(int column) {
    return hasNulls[column];
  }

  /** Where the null bits begin, if there are any. */
  int nullStart(int column) {
    return dataEnds[column];
  }

  boolean isNull(int column, int row) {
    return hasNulls[column] && (bytes[nullStart(column) + (row >> 3)] >> (row & 7) & 1) != 0;
  }

  /** The four-byte length that stands at {@code at}. */
  int lengthAt(int at) {
    return (bytes[at] & 0xFF) << 24 | (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF;
  }
}
