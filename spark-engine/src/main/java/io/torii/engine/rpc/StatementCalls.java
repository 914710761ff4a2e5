package io.torii.engine.rpc;

import static java.util.concurrent.CompletableFuture.completedFuture;

import io.torii.engine.error.Statuses;
import io.torii.engine.net.Connection;
import io.torii.engine.operation.Operation;
import io.torii.engine.operation.OperationState;
import io.torii.engine.operation.Operations;
import io.torii.engine.result.ResultSpace;
import io.torii.engine.session.Session;
import io.torii.engine.session.Sessions;
import io.torii.engine.statement.Statements;
import java.util.concurrent.CompletableFuture;
import org.apache.hive.service.rpc.thrift.TExecuteStatementReq;
import org.apache.hive.service.rpc.thrift.TExecuteStatementResp;

/** ExecuteStatement, at once or held back until the statement has ended. */
public final class StatementCalls {
  private final Sessions sessions;
  private final Statements statements;

  public StatementCalls(Sessions sessions, Operations operations, ResultSpace space) {
    this.sessions = sessions;
    this.statements = new Statements(operations, space);
  }

  public void addTo(Dispatcher dispatcher) {
    dispatcher.add("ExecuteStatement", new StructMethod<>(Pace.AT_ONCE, TExecuteStatementReq::new, TExecuteStatementResp::new,
        this::execute));
  }

  private CompletableFuture<TExecuteStatementResp> execute(Connection connection, TExecuteStatementReq request) {
    Session session = sessions.get(Handles.idOf(request.getSessionHandle()), connection.user());
    Operation operation =
        statements.start(session, request.getStatement(), request.getConfOverlay(), request.getQueryTimeout());
    return request.isRunAsync()
        ? completedFuture(started(operation)) : operation.done().thenApply(done -> ended(operation));
  }

  private static TExecuteStatementResp started(Operation operation) {
    TExecuteStatementResp response = new TExecuteStatementResp(Statuses.success());
    response.setOperationHandle(Handles.of(operation));
    return response;
  }

  private static TExecuteStatementResp ended(Operation operation) {
    if (operation.state() == OperationState.FINISHED) {
      return started(operation);
    }
    // The client gets no handle, so nobody else would close it.
    Throwable failure = operation.failure();
    operation.close();
    return new TExecuteStatementResp(Statuses.error(failure));
  }
}
