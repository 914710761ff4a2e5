package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** A BINARY column: the bytes as they are. */
final class BinaryCell implements CellWriter {

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    byte[] value = values.getBinary(ordinal);
    out.putInt(value.length);
    out.putBytes(value);
  }
}
