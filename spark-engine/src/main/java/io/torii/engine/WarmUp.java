package io.torii.engine;

import io.torii.engine.result.QueryResults;
import io.torii.engine.result.ResultOptions;
import io.torii.engine.result.ResultSpace;
import io.torii.engine.result.ResultSource;
import java.util.function.BooleanSupplier;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a first query through the path that clients' queries take, since nearly all of its time is class loading. */
final class WarmUp {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUp.class);
  private static final int NEWEST_PROTOCOL = 10;

  private WarmUp() {}

  /** Stops early once it isn't wanted any more: a client's own statement warms up just as well. */
  static void inBackground(SparkSession root, ResultSpace space, BooleanSupplier unwanted) {
    Thread thread = new Thread(() -> run(root, space, unwanted), "torii-warm-up");
    thread.setDaemon(true);
    thread.start();
  }

  private static void run(SparkSession root, ResultSpace space, BooleanSupplier unwanted) {
    try {
      SparkSession session = root.newSession();
      SparkSession.setActiveSession(session);
      for (String query : new String[] {"select 1", "select id, 'a' as a from range(1)"}) {
        if (unwanted.getAsBoolean()) {
          return;
        }
        ResultOptions options = new ResultOptions(NEWEST_PROTOCOL, 0, false);
        try (ResultSource rows = QueryResults.execute(session, session.sql(query), options, space)) {
          rows.fetch(0, 1).close();
        }
      }
    } catch (Exception | LinkageError e) {
      LOG.debug("The warm-up query failed", e);
    } finally {
      SparkSession.clearActiveSession();
    }
  }
}
