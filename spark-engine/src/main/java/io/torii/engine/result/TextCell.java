package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** A column whose values travel as text. */
final class TextCell implements CellWriter {

  private final ValueText text;

  TextCell(ValueText text) {
    this.text = text;
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    int begun = out.beginValue();
    text.write(values, ordinal, out);
    out.endValue(begun);
  }
}
