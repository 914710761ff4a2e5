package io.torii.engine.result;

import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** Puts the text of one value that is not null behind what the buffer holds, without a length. Lives in one task. */
interface ValueText {
  void write(SpecializedGetters values, int ordinal, ColumnBuffer out);
}
