package io.torii.engine.result;

import java.nio.ByteOrder;
import org.apache.spark.unsafe.Platform;

/** Numbers into an array, the highest byte first. */
final class BigEndian {

  private static final boolean SWAP = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private BigEndian() {}

  static void putShort(byte[] bytes, int at, short value) {
    Platform.putShort(bytes, Platform.BYTE_ARRAY_OFFSET + at, SWAP ? Short.reverseBytes(value) : value);
  }

  static void putInt(byte[] bytes, int at, int value) {
    Platform.putInt(bytes, Platform.BYTE_ARRAY_OFFSET + at, SWAP ? Integer.reverseBytes(value) : value);
  }

  static void putLong(byte[] bytes, int at, long value) {
    Platform.putLong(bytes, Platform.BYTE_ARRAY_OFFSET + at, SWAP ? Long.reverseBytes(value) : value);
  }
}
