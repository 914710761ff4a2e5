package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** A BINARY column: the bytes as they are. */
final class BinaryCell implements CellWriter {

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    out.putSizedBytes(values.getBinary(ordinal));
  }
}
