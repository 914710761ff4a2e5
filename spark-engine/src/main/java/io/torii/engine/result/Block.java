package io.torii.engine.result;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A read-only view of a block's bytes; {@link BlockBuilder} describes them. The values may still be in a file. */
final class Block {

  /** All of it, or the head alone. */
  private final byte[] bytes;

  private final WireKind[] kinds;
  private final int rows;
  private final int[] nullStarts;
  private final int[] dataStarts;
  private final int[] dataEnds;
  /** Where the whole block is, or null when all of it is here. */
  private final SpoolFile file;

  private final long position;

  /** A block that is here. */
  Block(byte[] bytes, WireKind[] kinds) {
    this(bytes, kinds, null, 0);
  }

  /** A block of which the head is here and all of it in the file. */
  Block(byte[] head, WireKind[] kinds, SpoolFile file, long position) {
    bytes = head;
    this.kinds = kinds;
    this.file = file;
    this.position = position;
    ByteBuffer in = ByteBuffer.wrap(head);
    rows = in.getInt();
    int columns = kinds.length;
    nullStarts = new int[columns];
    dataStarts = new int[columns];
    dataEnds = new int[columns];
    int nulls = 4 + 8 * columns;
    for (int i = 0; i < columns; i++) {
      dataEnds[i] = in.getInt(); // a length until the starts are known
      int nullLength = in.getInt();
      nullStarts[i] = nullLength > 0 ? nulls : -1;
      nulls += nullLength;
    }
    int at = nulls;
    for (int i = 0; i < columns; i++) {
      dataStarts[i] = at;
      at += dataEnds[i];
      dataEnds[i] = at;
    }
  }

  static int rows(byte[] encoded) {
    return intAt(encoded, 0);
  }

  /** How many bytes there are before the values. */
  static int headLength(byte[] encoded, int columns) {
    int length = 4 + 8 * columns;
    for (int i = 0; i < columns; i++) length += intAt(encoded, 8 + 8 * i);
    return length;
  }

  /** Whether the values are here. */
  boolean isLoaded() {
    return file == null;
  }

  /** This block with its values. */
  Block loaded() throws IOException {
    return isLoaded() ? this : new Block(file.read(position, length()), kinds);
  }

  /** The bytes with the values, of a block that is loaded. */
  byte[] bytes() {
    if (!isLoaded()) throw new IllegalStateException("The block's values are in the file");
    return bytes;
  }

  /** A reference to the values from here to there, of a block that is not loaded. */
  FileSegment inFile(int from, int to) {
    return new FileSegment(file, position + from, to - from);
  }

  private int length() {
    return dataEnds.length == 0 ? bytes.length : dataEnds[dataEnds.length - 1];
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
    return nullStarts[column] >= 0;
  }

  /** The bytes with the null bits, loaded or not. */
  byte[] head() {
    return bytes;
  }

  /** Where the null bits begin, if there are any. */
  int nullStart(int column) {
    return nullStarts[column];
  }

  boolean isNull(int column, int row) {
    return hasNulls(column) && (bytes[nullStarts[column] + (row >> 3)] >> (row & 7) & 1) != 0;
  }

  /** The four-byte length that stands at {@code at}. */
  int lengthAt(int at) {
    return intAt(bytes(), at);
  }

  private static int intAt(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 24 | (bytes[at + 1] & 0xFF) << 16 | (bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF;
  }
}
