package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** Puts one value that is not null into its column, as the wire has it. Chosen once per column; lives in one task. */
interface CellWriter {
  void write(SpecializedGetters values, int ordinal, ColumnBuffer out);
}
