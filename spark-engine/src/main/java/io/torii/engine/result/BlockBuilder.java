package io.torii.engine.result;

import java.nio.ByteBuffer;

/**
 * Gathers rows column by column until a row or a byte limit and makes them one block.
 *
 * <p>A block is: i32 rows; per column i32 length of its values and i32 length of its null bits (0 when none is null);
 * then the null bits of all columns, then the values of all columns. All big-endian, as the wire has it.
 */
final class BlockBuilder {

  static final int MAX_ROWS = 16384;
  static final int MAX_BYTES = 1 << 20;

  private final ColumnBuffer[] columns;
  private int rows;

  BlockBuilder(int columnCount) {
    columns = new ColumnBuffer[columnCount];
    for (int i = 0; i < columnCount; i++) columns[i] = new ColumnBuffer();
  }

  ColumnBuffer column(int i) {
    return columns[i];
  }

  /** The number of the row being written, within this block. */
  int row() {
    return rows;
  }

  void endRow() {
    rows++;
  }

  /** Forgets all rows, and the part of one. */
  void clear() {
    for (ColumnBuffer column : columns) column.clear();
    rows = 0;
  }

  boolean isEmpty() {
    return rows == 0;
  }

  boolean isFull() {
    if (rows >= MAX_ROWS) return true;
    long bytes = 0;
    for (ColumnBuffer column : columns) bytes += column.size();
    return bytes >= MAX_BYTES;
  }

  /** The block; the builder is then empty again. */
  byte[] build() {
    int nullLength = (rows + 7) >> 3;
    long total = 4;
    for (ColumnBuffer column : columns) total += 8L + column.size() + (column.nullCount() > 0 ? nullLength : 0);
    if (total > Integer.MAX_VALUE - 16) throw new IllegalStateException("A row exceeds 2 GiB");
    byte[] block = new byte[(int) total];
    ByteBuffer out = ByteBuffer.wrap(block);
    out.putInt(rows);
    for (ColumnBuffer column : columns) out.putInt(column.size()).putInt(column.nullCount() > 0 ? nullLength : 0);
    for (ColumnBuffer column : columns) {
      if (column.nullCount() == 0) continue;
      column.copyNulls(rows, block, out.position());
      out.position(out.position() + nullLength);
    }
    for (ColumnBuffer column : columns) out.put(column.array(), 0, column.size());
    clear();
    return block;
  }
}
