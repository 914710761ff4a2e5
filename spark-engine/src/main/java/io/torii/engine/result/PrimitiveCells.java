package io.torii.engine.result;

/** The types that the wire carries as numbers. */
final class PrimitiveCells {

  static final CellWriter BOOLEAN = (values, i, out) -> out.putByte(values.getBoolean(i) ? 1 : 0);
  static final CellWriter BYTE = (values, i, out) -> out.putByte(values.getByte(i));
  static final CellWriter SHORT = (values, i, out) -> out.putShort(values.getShort(i));
  static final CellWriter INT = (values, i, out) -> out.putInt(values.getInt(i));
  static final CellWriter LONG = (values, i, out) -> out.putLong(values.getLong(i));
  static final CellWriter FLOAT = (values, i, out) -> out.putDouble(widen(values.getFloat(i)));
  static final CellWriter DOUBLE = (values, i, out) -> out.putDouble(values.getDouble(i));

  private PrimitiveCells() {}

  /** The double that has the float's decimal text: 0.1f becomes 0.1, not 0.10000000149011612. */
  static double widen(float value) {
    if (Math.abs(value) < 1000 && value != 0) { // zero may be negative
      // A float tells any two decimals of six digits apart, so the one of those that gives this float is its text.
      double thousandths = Math.rint(value * 1000.0) / 1000.0;
      if ((float) thousandths == value) return thousandths;
    }
    return Double.parseDouble(Float.toString(value));
  }
}
