package io.torii.engine;

import io.torii.engine.conf.EngineConf;

/** Gives up on a start that takes longer than the gateway waits for it: nobody would use that engine. */
final class StartWatch {
  private static final String LIMIT = "kyuubi.session.engine.initialize.timeout";

  private final Thread thread;

  private StartWatch(Thread thread) {
    this.thread = thread;
  }

  static StartWatch begin(EngineConf conf) {
    long limitMs = conf.millis(LIMIT, "PT3M");
    long now = System.currentTimeMillis();
    String submitted = conf.get("kyuubi.engine.submit.time");
    long spentMs = submitted == null ? 0 : now - Long.parseLong(submitted);
    if (spentMs > limitMs) {
      throw new StartFailure("submitted " + spentMs + " ms ago, longer than " + LIMIT + " (" + limitMs + " ms)");
    }
    Thread thread = new Thread(() -> {
      try {
        // A clock that runs behind the gateway's must not make the wait endless.
        Thread.sleep(Math.min(limitMs, limitMs - spentMs));
      } catch (InterruptedException e) {
        return;
      }
      EngineMain.fail(new StartFailure("not up within " + LIMIT + " (" + limitMs + " ms)"));
    }, "torii-start-watch");
    thread.setDaemon(true);
    thread.start();
    return new StartWatch(thread);
  }

  void done() {
    thread.interrupt();
  }
}
