package io.torii.engine.result;

import java.util.List;
import org.apache.hive.service.rpc.thrift.TTableSchema;

/** Hands out stored blocks as batches, forwards, backwards and again from the start. */
final class StoredResult implements ResultSource {

  private static final int NEXT = 0;
  private static final int PRIOR = 1;
  private static final int FIRST = 4;

  /** A reply stays below 8 MiB unless one row exceeds it; its frame and the columns' headers take from that. */
  private static final long MAX_BYTES = (8L << 20) - 4096;

  private static final int COLUMN_HEADER = 24;

  private final TTableSchema schema;
  private final Spool spool;
  private final RowSupply supply;
  private final RowSetLayout layout;
  private final BatchCutter cutter;
  private final long maxBytes;
  private long batchStart;
  private long batchEnd;
  private volatile boolean hasRowsLeft;

  StoredResult(TTableSchema schema, Spool spool, RowSupply supply, RowSetLayout layout) {
    this.schema = schema;
    this.spool = spool;
    this.supply = supply;
    this.layout = layout;
    cutter = new BatchCutter(spool, layout.overheadPerRow());
    hasRowsLeft = supply != RowSupply.NOTHING_MORE || spool.rows() > 0;
    maxBytes = MAX_BYTES - (long) COLUMN_HEADER * schema.getColumnsSize();
  }

  @Override
  public TTableSchema schema() {
    return schema;
  }

  @Override
  public synchronized RowSet fetch(int orientation, long maxRows) throws Exception {
    long limit = maxRows > 0 ? maxRows : Long.MAX_VALUE;
    long start = startOf(orientation, limit);
    boolean mayCome = supply.awaitRow(start);
    List<BlockSlice> slices = cutter.cut(start, limit, maxBytes);
    int rows = RowSetLayout.rows(slices);
    long end = start + rows;
    Runnable lease = spool.lease();
    try {
      boolean isMore = rows > 0 && (mayCome || end < spool.rows());
      RowSet batch = new EncodedRowSet(rows, isMore, layout.encode(start, slices), lease);
      lease = null;
      batchStart = start;
      batchEnd = end;
      hasRowsLeft = isMore;
      return batch;
    } finally {
      if (lease != null) lease.run();
    }
  }

  @Override
  public boolean hasRowsLeft() {
    return hasRowsLeft;
  }

  @Override
  public boolean isAtHand() {
    return supply == RowSupply.NOTHING_MORE && spool.isSmall();
  }

  private long startOf(int orientation, long limit) throws UnsupportedFetchException {
    switch (orientation) {
      case NEXT:
        return batchEnd;
      case PRIOR:
        return Math.max(0, batchStart - limit);
      case FIRST:
        return 0;
      default:
        throw UnsupportedFetchException.of(orientation);
    }
  }

  @Override
  public void close() {
    supply.close();
    spool.close();
  }
}
