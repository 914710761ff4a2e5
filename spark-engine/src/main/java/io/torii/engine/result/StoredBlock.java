package io.torii.engine.result;

/** A block that a result keeps: on the heap, or in the result's file. */
final class StoredBlock {

  final int rows;
  final int length;
  /** Up to the end of the null bits. */
  final int headLength;
  /** Null when the block is in the file. */
  final byte[] bytes;

  final long position;

  private StoredBlock(int rows, int length, int headLength, byte[] bytes, long position) {
    this.rows = rows;
    this.length = length;
    this.headLength = headLength;
    this.bytes = bytes;
    this.position = position;
  }

  static StoredBlock onHeap(byte[] bytes, int columns) {
    return new StoredBlock(Block.rows(bytes), bytes.length, Block.headLength(bytes, columns), bytes, -1);
  }

  static StoredBlock inFile(byte[] bytes, int columns, long position) {
    return new StoredBlock(Block.rows(bytes), bytes.length, Block.headLength(bytes, columns), null, position);
  }
}
