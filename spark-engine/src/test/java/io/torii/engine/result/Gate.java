package io.torii.engine.result;

import java.util.concurrent.CountDownLatch;

/** Lets the first rows of a query pass and holds the later ones until it is opened; called by SQL. */
public final class Gate {

  private static final long HELD_FROM = 50000;

  private static volatile CountDownLatch latch = new CountDownLatch(0);

  private Gate() {}

  static void close() {
    latch = new CountDownLatch(1);
  }

  static void open() {
    latch.countDown();
  }

  static boolean isClosed() {
    return latch.getCount() > 0;
  }

  public static String pass(long id) throws InterruptedException {
    if (id >= HELD_FROM) latch.await();
    return "x";
  }
}
