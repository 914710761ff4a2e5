package io.torii.engine.result;

import io.torii.engine.reply.Segment;
import java.io.IOException;
import java.util.List;
import org.apache.thrift.protocol.TType;

/** How a batch becomes a TRowSet: by columns since V6, by rows before. */
interface RowSetLayout {

  /** The first version that takes columns, as TProtocolVersion numbers it. */
  int FIRST_COLUMNAR_VERSION = 5;

  List<Segment> encode(long startRow, List<BlockSlice> slices) throws IOException;

  /** What a row takes beyond its values, so that a batch can be cut to a size. */
  int overheadPerRow();

  static RowSetLayout of(WireKind[] kinds, int protocolVersion, BinaryStyle binaryStyle) {
    return protocolVersion < FIRST_COLUMNAR_VERSION ? new RowLayout(kinds, binaryStyle) : new ColumnLayout(kinds);
  }

  static int rows(List<BlockSlice> slices) {
    int rows = 0;
    for (BlockSlice slice : slices) rows += slice.rows();
    return rows;
  }

  /** TRowSet's first two fields up to the list of rows, which is required even where columns carry them. */
  static void begin(SegmentWriter out, long startRow, int rows) {
    out.putField(TType.I64, 1);
    out.putLong(startRow);
    out.putField(TType.LIST, 2);
    out.putList(TType.STRUCT, rows);
  }
}
