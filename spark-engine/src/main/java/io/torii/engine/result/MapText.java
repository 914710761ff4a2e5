package io.torii.engine.result;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.MapData;

/** MAP: {@code {"a":1,"b":2}}, its entries in the order of their text, since a map has none of its own. */
final class MapText implements ValueText {

  private final ValueText key;
  private final ValueText value;

  MapText(ValueText key, ValueText value) {
    this.key = key;
    this.value = value;
  }

  @Override
  public void write(SpecializedGetters values, int ordinal, ColumnBuffer out) {
    MapData map = values.getMap(ordinal);
    ArrayData keys = map.keyArray();
    ArrayData mapped = map.valueArray();
    String[] entries = new String[map.numElements()];
    for (int i = 0; i < entries.length; i++) {
      int from = out.size();
      key.write(keys, i, out);
      out.putByte(':');
      value.write(mapped, i, out);
      entries[i] = out.cutText(from);
    }
    Arrays.sort(entries);
    out.putByte('{');
    for (int i = 0; i < entries.length; i++) {
      if (i > 0) out.putByte(',');
      out.putText(entries[i]);
    }
    out.putByte('}');
  }
}
