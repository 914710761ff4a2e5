package io.torii.engine.session;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spark sessions that are made before anybody asks: building one's analyzer and optimizer is most of the time that opening
 * takes. Nothing in them is anybody's yet, and the metastore is not touched.
 */
final class SpareSessions {
  private static final Logger LOG = LoggerFactory.getLogger(SpareSessions.class);
  private static final int KEPT = 2;

  private final SparkSession root;
  private final BlockingQueue<SparkSession> spares = new ArrayBlockingQueue<>(KEPT);
  private final ExecutorService maker =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "torii-spare-sessions");
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            return thread;
          });

  SpareSessions(SparkSession root) {
    this.root = root;
  }

  /** A session nobody has used; the next one is made in the background. */
  SparkSession take() {
    SparkSession spare = spares.poll();
    maker.execute(this::refill);
    return spare == null ? root.newSession() : spare;
  }

  private void refill() {
    try {
      while (spares.remainingCapacity() > 0) {
        SparkSession made = root.newSession();
        made.sessionState().analyzer();
        made.sessionState().optimizer();
        made.sessionState().sqlParser();
        if (!spares.offer(made)) {
          return;
        }
      }
    } catch (RuntimeException | LinkageError e) {
      // The next client's session is then made while it waits, and tells it what is wrong.
      LOG.debug("No spare session could be made", e);
    }
  }
}
