package io.torii.engine.error;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.hive.service.rpc.thrift.TStatus;
import org.apache.hive.service.rpc.thrift.TStatusCode;

/** Turns failures into what Thrift clients are told. */
public final class Statuses {
  private Statuses() {}

  public static TStatus success() {
    return new TStatus(TStatusCode.SUCCESS_STATUS);
  }

  public static TStatus error(Throwable failure) {
    Throwable cause = unwrapped(failure);
    TStatus status = new TStatus(TStatusCode.ERROR_STATUS);
    status.setErrorMessage(message(cause));
    status.setSqlState(sqlState(cause));
    status.setErrorCode(0);
    status.setInfoMessages(StackLines.of(cause));
    return status;
  }

  /** Never null: clients take a missing message for success. */
  public static String message(Throwable failure) {
    String message = unwrapped(failure).getMessage();
    return message == null || message.isEmpty() ? unwrapped(failure).getClass().getName() : message;
  }

  public static String sqlState(Throwable failure) {
    return SqlStates.of(unwrapped(failure));
  }

  /** The failure itself, without the wrappers that futures put around it. */
  public static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException) && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }
}
