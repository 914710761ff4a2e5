package io.torii.engine.rpc;

import static java.util.concurrent.CompletableFuture.completedFuture;

import io.torii.engine.error.Statuses;
import io.torii.engine.net.Connection;
import io.torii.engine.operation.Operation;
import io.torii.engine.operation.OperationState;
import io.torii.engine.operation.Operations;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.hive.service.rpc.thrift.TCancelOperationReq;
import org.apache.hive.service.rpc.thrift.TCancelOperationResp;
import org.apache.hive.service.rpc.thrift.TCloseOperationReq;
import org.apache.hive.service.rpc.thrift.TCloseOperationResp;
import org.apache.hive.service.rpc.thrift.TGetOperationStatusReq;
import org.apache.hive.service.rpc.thrift.TGetOperationStatusResp;
import org.apache.hive.service.rpc.thrift.TGetQueryIdReq;
import org.apache.hive.service.rpc.thrift.TGetQueryIdResp;
import org.apache.hive.service.rpc.thrift.TGetResultSetMetadataReq;
import org.apache.hive.service.rpc.thrift.TGetResultSetMetadataResp;
import org.apache.hive.service.rpc.thrift.TOperationHandle;
import org.apache.hive.service.rpc.thrift.TOperationType;

/** The calls about one operation, but for fetching. */
public final class OperationCalls {
  private static final long POLL_STEP_MS = 500;
  private static final long POLL_STEP_EVERY_MS = 10_000;
  private static final long MAX_POLL_MS = 5_000;

  private final Operations operations;
  private final ScheduledExecutorService timer;

  public OperationCalls(Operations operations, ScheduledExecutorService timer) {
    this.operations = operations;
    this.timer = timer;
  }

  public void addTo(Dispatcher dispatcher) {
    dispatcher.add("GetOperationStatus", new StructMethod<>(Pace.AT_ONCE, TGetOperationStatusReq::new, TGetOperationStatusResp::new,
        this::status));
    dispatcher.add("CancelOperation", new StructMethod<>(Pace.QUICK, TCancelOperationReq::new, TCancelOperationResp::new,
        (connection, request) -> {
          find(connection, request.getOperationHandle()).cancel();
          return completedFuture(new TCancelOperationResp(Statuses.success()));
        }));
    dispatcher.add("CloseOperation", new StructMethod<>(Pace.AT_ONCE,
        (connection, request) -> !operations.hasRowsAtHand(Handles.idOf(request.getOperationHandle()), connection.user()),
        TCloseOperationReq::new, TCloseOperationResp::new,
        (connection, request) -> {
          find(connection, request.getOperationHandle()).close();
          return completedFuture(new TCloseOperationResp(Statuses.success()));
        }));
    dispatcher.add("GetResultSetMetadata", new StructMethod<>(Pace.AT_ONCE, TGetResultSetMetadataReq::new,
        TGetResultSetMetadataResp::new, this::metadata));
    // Its response has no status: an operation that is gone has no query id either.
    dispatcher.add("GetQueryId", new StructMethod<>(Pace.AT_ONCE, TGetQueryIdReq::new, status -> new TGetQueryIdResp(""),
        (connection, request) -> completedFuture(
            new TGetQueryIdResp(find(connection, request.getOperationHandle()).id().toString()))));
    dispatcher.add("FetchResults", new FetchResultsMethod(operations));
  }

  private Operation find(Connection connection, TOperationHandle handle) {
    return operations.get(Handles.idOf(handle), connection.user());
  }

  private CompletableFuture<TGetResultSetMetadataResp> metadata(Connection connection, TGetResultSetMetadataReq request) {
    Operation operation = find(connection, request.getOperationHandle());
    return operation.done().thenApply(done -> {
      TGetResultSetMetadataResp response = new TGetResultSetMetadataResp(Statuses.success());
      response.setSchema(operation.schema());
      return response;
    });
  }

  private CompletableFuture<TGetOperationStatusResp> status(Connection connection, TGetOperationStatusReq request) {
    Operation operation = find(connection, request.getOperationHandle());
    boolean withProgress = request.isGetProgressUpdate()
        || Boolean.parseBoolean(operation.session().setting("kyuubi.operation.progress.enabled"));
    return whenDoneOrDue(operation).thenApply(due -> describe(operation, withProgress));
  }

  /** Clients poll without a pause of their own, so the answer waits a little, and longer the longer a statement runs. */
  private CompletableFuture<Void> whenDoneOrDue(Operation operation) {
    if (operation.done().isDone() || operation.type() != TOperationType.EXECUTE_STATEMENT) {
      return completedFuture(null);
    }
    long started = operation.startedMs();
    long elapsed = started == 0 ? 0 : System.currentTimeMillis() - started;
    long waitMs = Math.min(MAX_POLL_MS, (elapsed / POLL_STEP_EVERY_MS + 1) * POLL_STEP_MS);
    CompletableFuture<Void> due = new CompletableFuture<>();
    Future<?> alarm = timer.schedule(() -> due.complete(null), waitMs, TimeUnit.MILLISECONDS);
    operation.done().thenRun(() -> {
      alarm.cancel(false);
      due.complete(null);
    });
    return due;
  }

  private static TGetOperationStatusResp describe(Operation operation, boolean withProgress) {
    OperationState state = operation.state();
    TGetOperationStatusResp response = new TGetOperationStatusResp(Statuses.success());
    response.setOperationState(state.wire(operation.session().protocol()));
    response.setOperationStarted(operation.startedMs());
    response.setOperationCompleted(operation.completedMs());
    response.setHasResultSet(true);
    if (state == OperationState.ERROR) {
      response.setErrorMessage(Statuses.message(operation.failure()));
      response.setSqlState(Statuses.sqlState(operation.failure()));
      response.setErrorCode(0);
    }
    if (withProgress) {
      response.setProgressUpdateResponse(operation.progress());
    }
    return response;
  }
}
