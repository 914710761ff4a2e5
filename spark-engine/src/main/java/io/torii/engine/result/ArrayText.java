package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;

/** ARRAY: {@code [1,2]}. */
final class ArrayText implements ValueText {

  private final ValueText element;

  ArrayText(ValueText element) {
    this.element = element;
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    ArrayData array = values.getArray(ordinal);
    out.putByte('[');
    for (int i = 0; i < array.numElements(); i++) {
      if (i > 0) out.putByte(',');
      element.write(array, i, out);
    }
    out.putByte(']');
  }
}
