package io.torii.engine.operation;

import io.torii.engine.conf.EngineConf;
import io.torii.engine.error.EngineException;
import io.torii.engine.session.Session;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.hive.service.rpc.thrift.TOperationType;

/** Every operation of every session, by id, and the bounded pool that runs the statements. */
public final class Operations {
  private final ConcurrentMap<UUID, Operation> operations = new ConcurrentHashMap<>();
  private final OperationLogs logs;
  private final JobTracker tracker;
  private final ScheduledExecutorService timer;
  private final ThreadPoolExecutor pool;
  private final int running;
  private final int waiting;

  public Operations(EngineConf conf, OperationLogs logs, JobTracker tracker, ScheduledExecutorService timer) {
    this.logs = logs;
    this.tracker = tracker;
    this.timer = timer;
    this.running = conf.number("kyuubi.backend.engine.exec.pool.size", 100);
    this.waiting = conf.number("kyuubi.backend.engine.exec.pool.wait.queue.size", 100);
    long keepAliveMs = conf.millis("kyuubi.backend.engine.exec.pool.keepalive.time", "PT1M");
    this.pool = EngineThreads.pool("torii-statement", running, Math.max(1, waiting), keepAliveMs);
  }

  /** Starts a statement on the pool. A limit of zero means none. */
  public Operation submit(Session session, UUID id, String description, OperationBody body, long limitMs) {
    Operation operation = add(session, id, TOperationType.EXECUTE_STATEMENT, description);
    operation.pending();
    if (limitMs > 0) {
      operation.timeoutBy(timer.schedule(() -> operation.timedOut(limitMs), limitMs, TimeUnit.MILLISECONDS));
    }
    try {
      Runnable task = () -> operation.run(body);
      pool.execute(task);
      // What is cancelled while it waits must not keep a place in the queue.
      operation.done().thenRun(() -> pool.remove(task));
    } catch (RejectedExecutionException e) {
      operation.close();
      throw new EngineException("The engine is busy: " + running + " statements run and " + waiting + " wait already "
          + "(kyuubi.backend.engine.exec.pool.size and .wait.queue.size)", "53000");
    }
    return operation;
  }

  /** Runs a metadata call in the calling thread; its failure is thrown. */
  public Operation runNow(Session session, TOperationType type, OperationBody body) {
    Operation operation = add(session, UUID.randomUUID(), type, type.name());
    operation.run(body);
    if (operation.state() != OperationState.FINISHED) {
      Throwable failure = operation.failure();
      operation.close();
      throw failure instanceof RuntimeException
          ? (RuntimeException) failure : new CompletionException(failure);
    }
    return operation;
  }

  private Operation add(Session session, UUID id, TOperationType type, String description) {
    OperationLog log = logs.open(id.toString());
    OperationJobs jobs = tracker.track(id.toString(), log);
    Operation operation = new Operation(id, session, type, description, log, jobs, () -> forget(session, id));
    if (operations.putIfAbsent(id, operation) != null) {
      throw new EngineException("There is an operation with the handle " + id + " already", "HY000");
    }
    session.add(operation);
    return operation;
  }

  private void forget(Session session, UUID id) {
    Operation operation = operations.remove(id);
    if (operation != null) {
      session.remove(operation);
    }
    logs.forget(id.toString());
    tracker.forget(id.toString());
  }

  /** The operation, if it is this user's: to all others it does not exist. */
  public Operation get(UUID id, String user) {
    Operation operation = operations.get(id);
    if (operation == null || !operation.session().user().equals(user)) {
      throw EngineException.invalidOperation(id);
    }
    operation.session().touch();
    return operation;
  }

  /** Whether fetching from this operation, or closing it, waits for nothing. True where there is none, which is soon said. */
  public boolean hasRowsAtHand(UUID id, String user) {
    Operation operation = operations.get(id);
    return operation == null || !operation.session().user().equals(user) || operation.hasRowsAtHand();
  }

  /** Those that run or are about to. */
  public List<Operation> unfinished() {
    return operations.values().stream().filter(operation -> !operation.state().isTerminal()).collect(Collectors.toList());
  }
}
