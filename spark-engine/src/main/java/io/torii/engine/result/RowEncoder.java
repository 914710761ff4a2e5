package io.torii.engine.result;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.*;

/** Makes blocks of rows, in a task or in the driver. Travels to the tasks; makes its writers there. */
final class RowEncoder implements BlockSource {

  private static final long serialVersionUID = 1L;

  private final DataType[] types;
  /** Chosen in the driver: tasks need no Thrift class. */
  private final WireKind[] kinds;

  private final TextSettings settings;

  RowEncoder(StructType schema, TextSettings settings) {
    StructField[] fields = schema.fields();
    types = new DataType[fields.length];
    kinds = new WireKind[fields.length];
    for (int i = 0; i < fields.length; i++) {
      types[i] = fields[i].dataType();
      kinds[i] = WireKind.of(WireSchema.typeId(types[i]));
    }
    this.settings = settings;
  }

  @Override
  public Iterator<byte[]> encode(Iterator<InternalRow> rows, long maxRows, TaskContext context) {
    return new Blocks(rows, maxRows, context);
  }

  WireKind[] kinds() {
    return kinds;
  }

  /** New ones for a stage that encodes its rows itself; null when it can't. */
  ColumnSink[] sinks() {
    ColumnSink[] sinks = new ColumnSink[types.length];
    for (int i = 0; i < types.length; i++) {
      sinks[i] = ColumnSink.of(i, types[i], kinds[i], settings);
      if (sinks[i] == null) return null;
    }
    return sinks;
  }

  private static CellWriter cellOf(DataType type, WireKind kind, ValueTexts texts) {
    switch (kind) {
      case BOOL:
        return PrimitiveCells.BOOLEAN;
      case BYTE:
        return PrimitiveCells.BYTE;
      case I16:
        return PrimitiveCells.SHORT;
      case I32:
        return PrimitiveCells.INT;
      case I64:
        return PrimitiveCells.LONG;
      case DOUBLE:
        return type instanceof FloatType ? PrimitiveCells.FLOAT : PrimitiveCells.DOUBLE;
      case BINARY:
        return new BinaryCell();
      default:
        return new TextCell(texts.of(type));
    }
  }

  private final class Blocks implements Iterator<byte[]> {

    private final Iterator<InternalRow> rows;
    private final TaskContext context;
    private final BlockBuilder builder = new BlockBuilder(types.length);
    private final CellWriter[] cells = new CellWriter[types.length];
    private final int[] defaultWidths = new int[types.length];
    private final UnsafeCells unsafeCells = new UnsafeCells(types, kinds);
    private long left;

    Blocks(Iterator<InternalRow> rows, long maxRows, TaskContext context) {
      this.rows = rows;
      this.context = context;
      left = maxRows;
      ValueTexts texts = new ValueTexts(settings);
      for (int i = 0; i < types.length; i++) {
        cells[i] = cellOf(types[i], kinds[i], texts);
        defaultWidths[i] = kinds[i].defaultWidth();
      }
    }

    @Override
    public boolean hasNext() {
      return left > 0 && rows.hasNext();
    }

    @Override
    public byte[] next() {
      if (!hasNext()) throw new NoSuchElementException();
      while (hasNext() && !builder.isFull()) {
        if (context != null && context.isInterrupted()) context.killTaskIfInterrupted();
        append(rows.next());
        left--;
      }
      return builder.build();
    }

    private void append(InternalRow row) {
      if (row instanceof UnsafeRow) unsafeCells.write((UnsafeRow) row, builder, cells, defaultWidths);
      else appendCells(row);
      builder.endRow();
    }

    private void appendCells(InternalRow row) {
      for (int i = 0; i < cells.length; i++) {
        ColumnBuffer column = builder.column(i);
        if (row.isNullAt(i)) {
          column.setNull(builder.row());
          column.putZeros(defaultWidths[i]);
        } else {
          cells[i].write(row, i, column);
        }
      }
    }
  }
}
