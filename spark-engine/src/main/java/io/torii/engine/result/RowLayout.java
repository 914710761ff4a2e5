package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.thrift.protocol.TType;

/** A TRowSet by rows, for clients older than V6. A null is a value struct without its field; bytes become text. */
final class RowLayout implements RowSetLayout {

  /** Around each value: two field headers and two ends; around each row: a field, a list header and an end. */
  private static final int CELL_OVERHEAD = 8;

  private static final int ROW_OVERHEAD = 9;

  private final WireKind[] kinds;
  private final BinaryStyle binaryStyle;

  RowLayout(WireKind[] kinds, BinaryStyle binaryStyle) {
    this.kinds = kinds;
    this.binaryStyle = binaryStyle;
  }

  @Override
  public int overheadPerRow() {
    return ROW_OVERHEAD + CELL_OVERHEAD * kinds.length;
  }

  @Override
  public List<Segment> encode(long startRow, List<BlockSlice> slices) throws IOException {
    SegmentWriter out = new SegmentWriter();
    RowSetLayout.begin(out, startRow, RowSetLayout.rows(slices));
    for (BlockSlice slice : slices) putRows(out, slice.loaded());
    out.putByte(TType.STOP);
    return out.finish();
  }

  private void putRows(SegmentWriter out, BlockSlice slice) {
    BlockCursor at = slice.from;
    while (at.row() < slice.to.row()) {
      out.putField(TType.LIST, 1);
      out.putList(TType.STRUCT, kinds.length);
      BlockCursor next = at.plus(1);
      for (int i = 0; i < kinds.length; i++) putCell(out, i, at, next);
      out.putByte(TType.STOP);
      at = next;
    }
  }

  private void putCell(SegmentWriter out, int column, BlockCursor at, BlockCursor next) {
    WireKind kind = kinds[column];
    Block block = at.block();
    out.putField(TType.STRUCT, kind.cellField);
    if (!block.isNull(column, at.row())) {
      int from = at.offset(column);
      int length = next.offset(column) - from;
      out.putField(kind.elementType, 1);
      if (kind == WireKind.BINARY) {
        byte[] value = java.util.Arrays.copyOfRange(block.bytes(), from + 4, from + length);
        byte[] text = binaryStyle.text(value).getBytes(StandardCharsets.UTF_8);
        out.putInt(text.length);
        out.put(text, 0, text.length);
      } else {
        out.put(block.bytes(), from, length);
      }
    }
    out.putByte(TType.STOP);
    out.putByte(TType.STOP);
  }
}
