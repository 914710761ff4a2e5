package io.torii.engine.result;

/** Where a result's blocks come from while it is read. */
interface RowSupply extends AutoCloseable {

  /** Everything is in the store already. */
  RowSupply NOTHING_MORE =
      new RowSupply() {
        @Override
        public void fill(BlockStore store, long from, long rows, long bytes) {}

        @Override
        public void close() {}
      };

  /** Appends until the store holds {@code rows} rows or {@code bytes} bytes beyond row {@code from}, or there is no more. */
  void fill(BlockStore store, long from, long rows, long bytes) throws Exception;

  @Override
  void close();
}
