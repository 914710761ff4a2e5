package io.torii.engine.result;

import org.apache.hive.service.rpc.thrift.TTableSchema;

/** Rows that an operation hands out, and their schema. One fetcher at a time. */
public interface ResultSource extends AutoCloseable {

  TTableSchema schema();

  /**
   * The next, the previous or the first batch.
   *
   * @param orientation TFetchOrientation's number: 0 NEXT, 1 PRIOR, 4 FIRST; others throw
   *     {@link UnsupportedFetchException}
   * @param maxRows no more rows than this; zero or less means no row limit. Bytes are capped either way.
   */
  RowSet fetch(int orientation, long maxRows) throws Exception;

  /** Whether there may be rows behind those that were fetched last; asked by any thread. */
  boolean hasRowsLeft();

  /** Whether all rows are on the heap and few. */
  boolean isAtHand();

  @Override
  void close();
}
