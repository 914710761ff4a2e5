package io.torii.engine.rpc;

import io.torii.engine.error.Statuses;
import io.torii.engine.net.Connection;
import io.torii.engine.operation.EngineThreads;
import io.torii.engine.operation.Operation;
import io.torii.engine.operation.Operations;
import io.torii.engine.reply.Reply;
import io.torii.engine.result.RowSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.apache.hive.service.rpc.thrift.TFetchResultsReq;
import org.apache.hive.service.rpc.thrift.TFetchResultsResp;
import org.apache.thrift.protocol.TProtocol;

/** FetchResults: rows are encoded long before, so its answer is put together from bytes and not from structs. */
final class FetchResultsMethod implements Method {
  private static final short LOG = 1;
  private static final Executor LATE_FETCHES = EngineThreads.pool("torii-late-fetch", 16, Integer.MAX_VALUE, 30_000);

  private final Operations operations;

  FetchResultsMethod(Operations operations) {
    this.operations = operations;
  }

  @Override
  public Pace pace() {
    return Pace.AT_ONCE;
  }

  @Override
  public Call read(TProtocol in) throws Exception {
    TFetchResultsReq request = StructMethod.readRequest(in, new TFetchResultsReq());
    if (request == null) {
      throw new MalformedRequest("Required field 'req' is unset");
    }
    return new Call() {
      @Override
      public CompletableFuture<Reply> run(Connection connection, String method, int sequence) throws Exception {
        return FetchResultsMethod.this.run(connection, request, method, sequence);
      }

      @Override
      public boolean maySlow(Connection connection) {
        return !operations.hasRowsAtHand(Handles.idOf(request.getOperationHandle()), connection.user());
      }
    };
  }

  private CompletableFuture<Reply> run(Connection connection, TFetchResultsReq request, String method, int sequence)
      throws Exception {
    Operation operation;
    try {
      operation = operations.get(Handles.idOf(request.getOperationHandle()), connection.user());
    } catch (RuntimeException e) {
      return CompletableFuture.completedFuture(failure(e, method, sequence));
    }
    if (request.getFetchType() == LOG || operation.done().isDone()) {
      return CompletableFuture.completedFuture(fetch(operation, request, method, sequence));
    }
    // Rather than fail, wait for the rows; no thread waits with us.
    return operation.done().thenApplyAsync(done -> fetch(operation, request, method, sequence), LATE_FETCHES);
  }

  private static Reply fetch(Operation operation, TFetchResultsReq request, String method, int sequence) {
    try {
      int orientation = request.getOrientation().getValue();
      RowSet rows = request.getFetchType() == LOG
          ? operation.fetchLog(orientation, request.getMaxRows()) : operation.fetch(orientation, request.getMaxRows());
      return Replies.rows(method, sequence, rows);
    } catch (Throwable e) {
      return failure(e, method, sequence);
    }
  }

  private static Reply failure(Throwable cause, String method, int sequence) {
    try {
      return Replies.success(method, sequence, new TFetchResultsResp(Statuses.error(cause)));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
