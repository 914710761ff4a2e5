package io.torii.engine.operation;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.layout.PatternLayout;

/** Routes what the driver logs in a statement's thread to that statement's own log, by a mark in the thread's context. */
public final class OperationLogs implements AutoCloseable {
  private static final String MARK = "torii.operation";
  private static final String PATTERN = "%d{yyyy-MM-dd HH:mm:ss.SSS} %p %c{1}: %m%n%ex{20}";

  private final ConcurrentMap<String, OperationLog> logs = new ConcurrentHashMap<>();
  private Appender appender;

  /** Needs Spark's own logging set up first, which would replace the appender. */
  public void start() {
    try {
      appender = new Appender();
      appender.start();
      ((Logger) LogManager.getRootLogger()).addAppender(appender);
    } catch (LinkageError | ClassCastException e) {
      // A site may log through another backend: then a statement's log holds its progress lines only.
      appender = null;
    }
  }

  OperationLog open(String operationId) {
    return logs.computeIfAbsent(operationId, id -> new OperationLog());
  }

  void forget(String operationId) {
    logs.remove(operationId);
  }

  static void mark(String operationId) {
    ThreadContext.put(MARK, operationId);
  }

  static void unmark() {
    ThreadContext.remove(MARK);
  }

  @Override
  public void close() {
    if (appender != null) {
      ((Logger) LogManager.getRootLogger()).removeAppender(appender);
      appender.stop();
    }
  }

  private final class Appender extends AbstractAppender {
    Appender() {
      super("torii-operation-log", null, PatternLayout.newBuilder().withPattern(PATTERN).build(), true, Property.EMPTY_ARRAY);
    }

    @Override
    public void append(LogEvent event) {
      String operationId = event.getContextData().getValue(MARK);
      OperationLog log = operationId == null ? null : logs.get(operationId);
      if (log != null) {
        log.add(((PatternLayout) getLayout()).toSerializable(event));
      }
    }
  }
}
