package io.torii.engine.result;

import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;

/** STRUCT: {@code {"x":1,"y":null}}. */
final class StructText implements ValueText {

  /** Bracket or comma, the quoted name and the colon: all that stands before each field's value. */
  private final byte[][] heads;

  private final ValueText[] fields;

  StructText(String[] names, ValueText[] fields) {
    this.fields = fields;
    heads = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      heads[i] = ((i == 0 ? "{\"" : ",\"") + names[i] + "\":").getBytes(StandardCharsets.UTF_8);
    }
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    InternalRow struct = values.getStruct(ordinal, fields.length);
    if (fields.length == 0) out.putByte('{');
    for (int i = 0; i < fields.length; i++) {
      out.putBytes(heads[i]);
      fields[i].write(struct, i, out);
    }
    out.putByte('}');
  }
}
