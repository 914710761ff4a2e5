package io.torii.engine.result;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;

/** The values of one column of the block being built, in the wire's form, and the null bits. Also where text is put together. */
final class ColumnBuffer {

  private static final int MAX_SIZE = Integer.MAX_VALUE - 16;

  private byte[] bytes = new byte[1024];
  private int size;
  private byte[] nulls = new byte[0];
  private int nullCount;

  int size() {
    return size;
  }

  byte[] array() {
    return bytes;
  }

  int nullCount() {
    return nullCount;
  }

  void clear() {
    size = 0;
    if (nullCount > 0) Arrays.fill(nulls, (byte) 0);
    nullCount = 0;
  }

  /** Marks the row as null; the caller also puts a default value. */
  void setNull(int row) {
    int at = row >> 3;
    if (at >= nulls.length) nulls = Arrays.copyOf(nulls, Math.max(at + 1, nulls.length * 2));
    nulls[at] |= 1 << (row & 7);
    nullCount++;
  }

  /** Copies the null bits of {@code rows} rows; rows after the last null may have had no byte yet. */
  void copyNulls(int rows, byte[] to, int at) {
    System.arraycopy(nulls, 0, to, at, Math.min(nulls.length, (rows + 7) >> 3));
  }

  /** Makes room; returns where to write. */
  int reserve(int more) {
    int needed = size + more;
    if (needed < 0 || needed > MAX_SIZE) throw new IllegalStateException("A column's values exceed 2 GiB in one block");
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(MAX_SIZE, Math.max(needed, bytes.length * 2L)));
    }
    int at = size;
    size = needed;
    return at;
  }

  void putByte(int value) {
    int at = reserve(1); // first: making room replaces the array
    bytes[at] = (byte) value;
  }

  void putShort(short value) {
    int at = reserve(2);
    BigEndian.putShort(bytes, at, value);
  }

  void putInt(int value) {
    int at = reserve(4);
    BigEndian.putInt(bytes, at, value);
  }

  void putLong(long value) {
    int at = reserve(8);
    BigEndian.putLong(bytes, at, value);
  }

  void putDouble(double value) {
    putLong(Double.doubleToLongBits(value));
  }

  void putZeros(int count) {
    int at = reserve(count);
    Arrays.fill(bytes, at, size, (byte) 0);
  }

  void putBytes(byte[] value) {
    int at = reserve(value.length);
    System.arraycopy(value, 0, bytes, at, value.length);
  }

  void putSizedBytes(byte[] value) {
    putInt(value.length);
    putBytes(value);
  }

  void putText(String value) {
    putBytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /** The string's bytes, with what is not UTF-8 replaced as Java's decoder replaces it: clients refuse broken text. */
  void putText(UTF8String value) {
    int length = value.numBytes();
    int at = reserve(length);
    if (value.getBaseObject() instanceof byte[]) { // short copies are faster this way
      int from = (int) (value.getBaseOffset() - Platform.BYTE_ARRAY_OFFSET);
      System.arraycopy(value.getBaseObject(), from, bytes, at, length);
    } else {
      value.writeToMemory(bytes, Platform.BYTE_ARRAY_OFFSET + at);
    }
    if (!Utf8.isValid(bytes, at, length)) {
      String repaired = new String(bytes, at, length, StandardCharsets.UTF_8);
      size = at;
      putText(repaired);
    }
  }

  /** Text of so many bytes at an address, with its length before it; repaired as above. */
  void putSizedText(Object base, long offset, int length) {
    int at = reserve(4 + length);
    BigEndian.putInt(bytes, at, length);
    if (base instanceof byte[]) System.arraycopy(base, (int) (offset - Platform.BYTE_ARRAY_OFFSET), bytes, at + 4, length);
    else Platform.copyMemory(base, offset, bytes, Platform.BYTE_ARRAY_OFFSET + at + 4, length);
    if (Utf8.isValid(bytes, at + 4, length)) return;
    String repaired = new String(bytes, at + 4, length, StandardCharsets.UTF_8);
    size = at + 4;
    putText(repaired);
    endValue(at);
  }

  /** Begins a value with a length before it; hand the result to {@link #endValue}. */
  int beginValue() {
    return reserve(4);
  }

  void endValue(int begun) {
    BigEndian.putInt(bytes, begun, size - begun - 4);
  }

  /** Takes back what was put after {@code from}, as text. */
  String cutText(int from) {
    String text = new String(bytes, from, size - from, StandardCharsets.UTF_8);
    size = from;
    return text;
  }
}
