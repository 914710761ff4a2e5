package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** A value inside an array, a map or a struct: null in small letters, strings in quotes that are not escaped. */
final class NestedText implements ValueText {

  private final ValueText text;
  private final boolean quoted;

  NestedText(ValueText text, boolean quoted) {
    this.text = text;
    this.quoted = quoted;
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    if (values.isNullAt(ordinal)) {
      out.putText("null");
      return;
    }
    if (quoted) out.putByte('"');
    text.write(values, ordinal, out);
    if (quoted) out.putByte('"');
  }
}
