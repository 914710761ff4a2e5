package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.util.List;
import org.apache.thrift.protocol.TType;

/** A TRowSet by columns: per column a short header, then the blocks' own bytes one after another. */
final class ColumnLayout implements RowSetLayout {

  private final WireKind[] kinds;

  ColumnLayout(WireKind[] kinds) {
    this.kinds = kinds;
  }

  @Override
  public int overheadPerRow() {
    return 0;
  }

  @Override
  public List<Segment> encode(long startRow, List<BlockSlice> slices) {
    int rows = RowSetLayout.rows(slices);
    SegmentWriter out = new SegmentWriter();
    RowSetLayout.begin(out, startRow, 0);
    out.putField(TType.LIST, 3);
    out.putList(TType.STRUCT, kinds.length);
    for (int i = 0; i < kinds.length; i++) putColumn(out, i, slices, rows);
    out.putByte(TType.STOP);
    return out.finish();
  }

  private void putColumn(SegmentWriter out, int column, List<BlockSlice> slices, int rows) {
    out.putField(TType.STRUCT, kinds[column].columnField);
    out.putField(TType.LIST, 1);
    out.putList(kinds[column].elementType, rows);
    for (BlockSlice slice : slices) {
      Block block = slice.block();
      int from = slice.from.offset(column);
      int to = slice.to.offset(column);
      if (block.isLoaded()) out.put(block.bytes(), from, to - from);
      else out.put(block.inFile(from, to));
    }
    byte[] nulls = NullBits.join(slices, column, rows);
    out.putField(TType.STRING, 2);
    out.putInt(nulls.length);
    out.put(nulls, 0, nulls.length);
    out.putByte(TType.STOP); // the typed column
    out.putByte(TType.STOP); // the union around it
  }
}
