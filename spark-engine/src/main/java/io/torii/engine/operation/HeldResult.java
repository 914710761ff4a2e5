package io.torii.engine.operation;

import io.torii.engine.error.EngineException;
import io.torii.engine.result.ResultSource;
import io.torii.engine.result.RowSet;
import java.util.concurrent.locks.ReentrantLock;

/** An operation's rows between one fetcher at a time and a close that may come while it fetches. */
final class HeldResult {
  private final ReentrantLock fetching = new ReentrantLock(true);
  private volatile Thread fetcher;
  private volatile boolean closeWanted;
  private volatile ResultSource source;
  private boolean closed;

  HeldResult(ResultSource source) {
    this.source = source;
  }

  ResultSource source() {
    return source;
  }

  boolean hasRowsLeft() {
    ResultSource held = source;
    return held != null && held.hasRowsLeft();
  }

  /** Whether a fetch and a close wait for nothing. */
  boolean isAtHand() {
    ResultSource held = source;
    return fetcher == null && (held == null || held.isAtHand());
  }

  RowSet fetch(int orientation, long maxRows) throws Exception {
    fetching.lockInterruptibly();
    try {
      if (closeWanted) {
        throw new EngineException("The operation was closed", "HY000");
      }
      fetcher = Thread.currentThread();
      return source.fetch(orientation, maxRows);
    } finally {
      synchronized (this) {
        fetcher = null;
        // An interrupt that came too late for the fetch must not hit the thread's next work.
        Thread.interrupted();
      }
      fetching.unlock();
      if (closeWanted) {
        closeIfFree();
      }
    }
  }

  /** Never waits for a fetcher: it is interrupted and closes in our place. */
  void close() {
    closeWanted = true;
    synchronized (this) {
      if (fetcher != null) {
        fetcher.interrupt();
      }
    }
    closeIfFree();
  }

  private void closeIfFree() {
    if (!fetching.tryLock()) {
      return;
    }
    try {
      if (!closed) {
        closed = true;
        source.close();
        source = null;
      }
    } finally {
      fetching.unlock();
    }
  }
}
