package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.*;
import org.apache.spark.unsafe.Platform;

/**
 * Writes rows of Spark's binary form, which is what plans mostly give: a word of eight bytes for each column behind the null
 * bits, straight from there. One loop with one switch, which the compiler makes one piece of, where a call for each cell
 * would take three times as long.
 */
final class UnsafeCells {

  private static final int OTHER = 0;
  private static final int LONG = 1;
  private static final int INT = 2;
  private static final int DOUBLE = 3;
  private static final int STRING = 4;
  private static final int DATE = 5;
  private static final int DECIMAL = 6;

  private final int[] forms;
  private final int[] scales;
  private final int firstWord;
  private final DateText dates = new DateText();

  UnsafeCells(DataType[] types, WireKind[] kinds) {
    forms = new int[types.length];
    scales = new int[types.length];
    firstWord = UnsafeRow.calculateBitSetWidthInBytes(types.length);
    for (int i = 0; i < types.length; i++) {
      forms[i] = formOf(types[i], kinds[i]);
      if (forms[i] == DECIMAL) scales[i] = ((DecimalType) types[i]).scale();
    }
  }

  private static int formOf(DataType type, WireKind kind) {
    if (type instanceof LongType && kind == WireKind.I64) return LONG;
    if (type instanceof IntegerType && kind == WireKind.I32) return INT;
    if (type instanceof DoubleType && kind == WireKind.DOUBLE) return DOUBLE;
    if (type instanceof StringType && kind == WireKind.STRING) return STRING;
    if (type instanceof DateType && kind == WireKind.STRING) return DATE;
    if (!(type instanceof DecimalType) || kind != WireKind.STRING) return OTHER;
    DecimalType decimal = (DecimalType) type;
    return decimal.precision() <= DecimalText.LONG_DIGITS && decimal.scale() >= 0 ? DECIMAL : OTHER;
  }

  /** Writes all cells of a row; those of rarer types through their own writers. */
  void write(UnsafeRow row, BlockBuilder builder, CellWriter[] others, int[] defaultWidths) {
    Object base = row.getBaseObject();
    long start = row.getBaseOffset();
    long word = start + firstWord;
    for (int i = 0; i < forms.length; i++, word += 8) {
      ColumnBuffer column = builder.column(i);
      if ((Platform.getLong(base, start + (i >> 6 << 3)) >> (i & 63) & 1) != 0) {
        column.setNull(builder.row());
        column.putZeros(defaultWidths[i]);
        continue;
      }
      switch (forms[i]) {
        case LONG:
          column.putLong(Platform.getLong(base, word));
          break;
        case INT:
          column.putInt(Platform.getInt(base, word));
          break;
        case DOUBLE:
          column.putDouble(Platform.getDouble(base, word));
          break;
        case STRING:
          long place = Platform.getLong(base, word);
          column.putSizedText(base, start + (place >>> 32), (int) place);
          break;
        case DATE:
          dates.putSized(Platform.getInt(base, word), column);
          break;
        case DECIMAL:
          int begun = column.beginValue();
          DigitText.putScaled(Platform.getLong(base, word), scales[i], column);
          column.endValue(begun);
          break;
        default:
          others[i].write(row, i, column);
      }
    }
  }
}
