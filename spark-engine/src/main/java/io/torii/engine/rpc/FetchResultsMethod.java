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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.hive.service.rpc.thrift.TFetchResultsReq;
import org.apache.hive.service.rpc.thrift.TFetchResultsResp;
import org.apache.thrift.protocol.TProtocol;

/** FetchResults: rows are encoded long before, so its answer is put together from bytes and not from structs. */
final class FetchResultsMethod implements Method {
  private static final short LOG = 1;
  private static final Executor LATE_FETCHES = lateFetches();

  private final Operations operations;

  FetchResultsMethod(Operations operations) {
    this.operations = operations;
  }

  @Override
  public boolean isQuick() {
    return false;
  }

  @Override
  public Call read(TProtocol in) throws Exception {
    TFetchResultsReq request = StructMethod.readRequest(in, new TFetchResultsReq());
    if (request == null) {
      throw new MalformedRequest("Required field 'req' is unset");
    }
    return (connection, method, sequence) -> run(connection, request, method, sequence);
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

  private static Executor lateFetches() {
    ThreadPoolExecutor pool = new ThreadPoolExecutor(16, 16, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
        EngineThreads.named("torii-late-fetch"));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
