package io.torii.engine;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.session.Sessions;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides when the engine has served long enough. */
final class Lifetime {
  private static final Logger LOG = LoggerFactory.getLogger(Lifetime.class);

  private final Sessions sessions;
  private final long idleLimitMs;
  private final long maxLifeMs;
  private final long initialWaitMs;
  private final long checkEveryMs;
  private final long sessionCheckEveryMs;
  private final boolean servesOneClient;
  private final long startedMs = System.currentTimeMillis();
  private final Runnable deregister;
  private final Consumer<String> end;
  private volatile boolean draining;

  Lifetime(EngineConf conf, Sessions sessions, Runnable deregister, Consumer<String> end) {
    this.sessions = sessions;
    this.deregister = deregister;
    this.end = end;
    this.idleLimitMs = conf.millis("kyuubi.session.engine.idle.timeout", "PT30M");
    this.maxLifeMs = conf.millis("kyuubi.session.engine.spark.max.lifetime", "0");
    this.initialWaitMs = conf.millis("kyuubi.session.engine.spark.max.initial.wait", "PT1M");
    this.checkEveryMs = Math.max(100, conf.millis("kyuubi.session.engine.check.interval", "PT1M"));
    this.sessionCheckEveryMs = Math.max(100, conf.millis("kyuubi.session.check.interval", "PT5M"));
    this.servesOneClient = "CONNECTION".equalsIgnoreCase(conf.get("kyuubi.engine.share.level"));
  }

  void start(ScheduledExecutorService timer) {
    sessions.whenUserSessionClosed(this::sessionClosed);
    timer.scheduleWithFixedDelay(guarded(this::check), checkEveryMs, checkEveryMs, TimeUnit.MILLISECONDS);
    timer.scheduleWithFixedDelay(guarded(sessions::closeIdle), sessionCheckEveryMs, sessionCheckEveryMs, TimeUnit.MILLISECONDS);
    if (servesOneClient && initialWaitMs > 0) {
      timer.schedule(guarded(() -> {
        if (!sessions.hadUserSession()) {
          end.accept("no session came within " + initialWaitMs + " ms");
        }
      }), initialWaitMs, TimeUnit.MILLISECONDS);
    }
  }

  /** An exception would silently end a repeated task. */
  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.warn("A periodic check failed", e);
      }
    };
  }

  private void sessionClosed() {
    if (sessions.userSessions() > 0) {
      return;
    }
    if (servesOneClient) {
      end.accept("its session was closed");
    } else if (draining) {
      end.accept("its last session was closed");
    }
  }

  private void check() {
    long now = System.currentTimeMillis();
    if (maxLifeMs > 0 && !draining && now - startedMs > maxLifeMs) {
      deregister.run();
      drain();
    }
    if (idleLimitMs > 0 && sessions.userSessions() == 0 && now - sessions.lastChangeMs() > idleLimitMs) {
      end.accept("idle for more than " + idleLimitMs + " ms");
    }
  }

  /** No new sessions, and the end with the last of those that are there. */
  void drain() {
    draining = true;
    sessions.refuseNew();
    if (sessions.userSessions() == 0) {
      end.accept("it is being retired and has no session");
    }
  }
}
