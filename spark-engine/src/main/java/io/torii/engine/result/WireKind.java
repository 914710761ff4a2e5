package io.torii.engine.result;

import org.apache.hive.service.rpc.thrift.TTypeId;
import org.apache.thrift.protocol.TType;

/** How one column's values stand on the wire: which member of TColumn and TColumnValue carries them, and how wide each is. */
enum WireKind {
  BOOL(1, TType.BOOL, 1),
  BYTE(2, TType.BYTE, 1),
  I16(3, TType.I16, 2),
  I32(4, TType.I32, 4),
  I64(5, TType.I64, 8),
  DOUBLE(6, TType.DOUBLE, 8),
  STRING(7, TType.STRING, 0),
  BINARY(8, TType.STRING, 0);

  /** The member's id in the TColumn union. */
  final short columnField;
  /** The member's id in the TColumnValue union, which has no binary: text stands in. */
  final short cellField;

  final byte elementType;
  /** Bytes per value; 0 means a four-byte length stands before each. */
  final int width;

  WireKind(int columnField, byte elementType, int width) {
    this.columnField = (short) columnField;
    this.cellField = (short) Math.min(columnField, 7);
    this.elementType = elementType;
    this.width = width;
  }

  /** Bytes that stand for a null: zeros, be they a number's or the length of an empty text. */
  int defaultWidth() {
    return width == 0 ? Integer.BYTES : width;
  }

  static WireKind of(TTypeId type) {
    switch (type) {
      case BOOLEAN_TYPE:
        return BOOL;
      case TINYINT_TYPE:
        return BYTE;
      case SMALLINT_TYPE:
        return I16;
      case INT_TYPE:
        return I32;
      case BIGINT_TYPE:
        return I64;
      case FLOAT_TYPE:
      case DOUBLE_TYPE:
        return DOUBLE;
      case BINARY_TYPE:
        return BINARY;
      default:
        return STRING;
    }
  }
}
