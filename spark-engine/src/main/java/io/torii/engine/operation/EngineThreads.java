package io.torii.engine.operation;

import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Daemon threads with telling names, none of which may keep a stopping engine alive, and pools of them. */
public final class EngineThreads {
  private EngineThreads() {}

  public static ThreadFactory named(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, prefix + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /**
   * A pool that gives work to a thread that waits, if there is one, starts another up to {@code most}, and queues only then:
   * Java's own would start a thread for every task until it has all, and let each go cold.
   *
   * @param mostWaiting tasks that may wait; more are refused with a RejectedExecutionException
   */
  public static ThreadPoolExecutor pool(String prefix, int most, int mostWaiting, long keepAliveMs) {
    HandOver queue = new HandOver(mostWaiting);
    ThreadPoolExecutor pool = new ThreadPoolExecutor(0, most, Math.max(1, keepAliveMs), TimeUnit.MILLISECONDS, queue, named(prefix));
    pool.setRejectedExecutionHandler((task, full) -> {
      if (full.isShutdown() || !queue.wait(task)) {
        throw new RejectedExecutionException(prefix + ": " + most + " run and " + mostWaiting + " wait already");
      }
    });
    return pool;
  }

  /** Takes a task from the pool at once only if one of its threads waits for it. */
  private static final class HandOver extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1L;

    private final int mostWaiting;

    HandOver(int mostWaiting) {
      this.mostWaiting = mostWaiting;
    }

    @Override
    public boolean offer(Runnable task) {
      return tryTransfer(task);
    }

    boolean wait(Runnable task) {
      return size() < mostWaiting && super.offer(task);
    }
  }
}
