package io.torii.engine.result;

/** Where a result's rows come from while it is read. */
interface RowSupply extends AutoCloseable {

  /** Everything is in the spool already. */
  RowSupply NOTHING_MORE =
      new RowSupply() {
        @Override
        public boolean awaitRow(long row) {
          return false;
        }

        @Override
        public void close() {}
      };

  /** Waits until the spool has this row or there are no more; returns whether rows may still come. */
  boolean awaitRow(long row) throws Exception;

  @Override
  void close();
}
