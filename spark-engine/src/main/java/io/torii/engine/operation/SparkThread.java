package io.torii.engine.operation;

import io.torii.engine.session.Session;
import java.util.concurrent.Callable;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/** Makes a pool's thread an operation's for as long as some work takes: session, job group, marks, class loader. */
final class SparkThread {
  private static final String POOL = "spark.scheduler.pool";

  private SparkThread() {}

  static <T> T as(Operation operation, Callable<T> work) throws Exception {
    Session session = operation.session();
    SparkContext context = session.spark().sparkContext();
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    String id = operation.id().toString();
    try {
      SparkSession.setActiveSession(session.spark());
      Thread.currentThread().setContextClassLoader(session.spark().sharedState().jarClassLoader());
      context.setJobGroup(id, operation.description(), true);
      context.setLocalProperty(JobTracker.PROPERTY, id);
      context.setLocalProperty("kyuubi.session.user", session.user());
      context.setLocalProperty("kyuubi.session.handle", session.id().toString());
      context.setLocalProperty("kyuubi.statement.id", id);
      context.setLocalProperty(POOL, session.setting("kyuubi.operation.scheduler.pool"));
      OperationLogs.mark(id);
      return work.call();
    } finally {
      OperationLogs.unmark();
      context.clearJobGroup();
      context.setLocalProperty(JobTracker.PROPERTY, null);
      context.setLocalProperty("kyuubi.session.user", null);
      context.setLocalProperty("kyuubi.session.handle", null);
      context.setLocalProperty("kyuubi.statement.id", null);
      context.setLocalProperty(POOL, null);
      SparkSession.clearActiveSession();
      Thread.currentThread().setContextClassLoader(before);
    }
  }
}
