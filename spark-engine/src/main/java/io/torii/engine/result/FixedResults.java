package io.torii.engine.result;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.hive.service.rpc.thrift.TColumnDesc;
import org.apache.hive.service.rpc.thrift.TTableSchema;
import org.apache.hive.service.rpc.thrift.TTypeId;

/** Results whose rows the driver already holds. */
public final class FixedResults {

  private FixedResults() {}

  /** Each row has one value per column of the schema: a Boolean, a Number, bytes, or anything whose text is meant. */
  public static ResultSource of(TTableSchema schema, List<Object[]> rows, int protocolVersion) {
    return of(schema, rows, protocolVersion, BlockBuilder.MAX_ROWS, ResultSpace.HEAP_ONLY);
  }

  static ResultSource of(
      TTableSchema schema, List<Object[]> rows, int protocolVersion, int rowsPerBlock, ResultSpace space) {
    WireKind[] kinds = kinds(schema);
    Spool spool = new Spool(kinds, space);
    BlockBuilder builder = new BlockBuilder(kinds.length);
    for (Object[] row : rows) {
      for (int i = 0; i < kinds.length; i++) put(row[i], kinds[i], builder.row(), builder.column(i));
      builder.endRow();
      if (builder.row() >= rowsPerBlock || builder.isFull()) append(builder, spool);
    }
    if (!builder.isEmpty()) append(builder, spool);
    return new StoredResult(
        schema, spool, RowSupply.NOTHING_MORE, RowSetLayout.of(kinds, protocolVersion, BinaryStyle.UTF8));
  }

  private static void append(BlockBuilder builder, Spool spool) {
    Checked.call(() -> {
      spool.append(builder.build());
      return null;
    });
  }

  /** One STRING column, a row per line. */
  public static ResultSource lines(String columnName, List<String> lines, int protocolVersion) {
    List<Object[]> rows = new ArrayList<>(lines.size());
    for (String line : lines) rows.add(new Object[] {line});
    TTableSchema schema = new TTableSchema();
    schema.addToColumns(WireSchema.column(columnName, TTypeId.STRING_TYPE, 0));
    return of(schema, rows, protocolVersion);
  }

  private static WireKind[] kinds(TTableSchema schema) {
    WireKind[] kinds = new WireKind[schema.getColumnsSize()];
    for (int i = 0; i < kinds.length; i++) {
      TColumnDesc column = schema.getColumns().get(i);
      kinds[i] = WireKind.of(column.getTypeDesc().getTypes().get(0).getPrimitiveEntry().getType());
    }
    return kinds;
  }

  private static void put(Object value, WireKind kind, int row, ColumnBuffer out) {
    if (value == null) {
      out.setNull(row);
      out.putZeros(kind.width == 0 ? 4 : kind.width);
      return;
    }
    switch (kind) {
      case BOOL:
        out.putByte((Boolean) value ? 1 : 0);
        break;
      case BYTE:
        out.putByte(((Number) value).byteValue());
        break;
      case I16:
        out.putShort(((Number) value).shortValue());
        break;
      case I32:
        out.putInt(((Number) value).intValue());
        break;
      case I64:
        out.putLong(((Number) value).longValue());
        break;
      case DOUBLE:
        out.putLong(Double.doubleToLongBits(((Number) value).doubleValue()));
        break;
      default:
        byte[] bytes = value instanceof byte[] ? (byte[]) value : value.toString().getBytes(StandardCharsets.UTF_8);
        out.putInt(bytes.length);
        out.putBytes(bytes);
    }
  }
}
