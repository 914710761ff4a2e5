package io.torii.engine.operation;

import io.torii.engine.error.EngineException;
import io.torii.engine.result.FixedResults;
import io.torii.engine.result.ResultSource;
import io.torii.engine.result.RowSet;
import io.torii.engine.session.Session;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import org.apache.hive.service.rpc.thrift.TOperationType;
import org.apache.hive.service.rpc.thrift.TProgressUpdateResp;
import org.apache.hive.service.rpc.thrift.TTableSchema;

/** One statement or metadata call of a session, from its request to its close. */
public final class Operation {
  private static final long FETCH_GRACE_MS = 2_000;
  private static final int FETCH_NEXT = 0;
  private static final int FETCH_FIRST = 4;

  private final UUID id;
  private final Session session;
  private final TOperationType type;
  private final String description;
  private final OperationLog log;
  private final OperationJobs jobs;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Runnable whenClosed;

  private OperationState state = OperationState.INITIALIZED;
  private Thread runner;
  private Throwable failure;
  private HeldResult result;
  private volatile Future<?> timeout;
  private volatile long startedMs;
  private volatile long completedMs;
  private volatile long lastUsedMs = System.currentTimeMillis();

  Operation(UUID id, Session session, TOperationType type, String description, OperationLog log, OperationJobs jobs,
      Runnable whenClosed) {
    this.id = id;
    this.session = session;
    this.type = type;
    this.description = description;
    this.log = log;
    this.jobs = jobs;
    this.whenClosed = whenClosed;
  }

  public UUID id() {
    return id;
  }

  public Session session() {
    return session;
  }

  public TOperationType type() {
    return type;
  }

  String description() {
    return description;
  }

  /** Completes, never with a failure, as soon as nothing more will run. */
  public CompletableFuture<Void> done() {
    return done;
  }

  public synchronized OperationState state() {
    return state;
  }

  public synchronized Throwable failure() {
    return failure;
  }

  public long startedMs() {
    return startedMs;
  }

  public long completedMs() {
    return completedMs;
  }

  /** How long nobody has asked for rows. */
  public long idleMs() {
    return System.currentTimeMillis() - lastUsedMs;
  }

  /** Whether it runs, or has only just ended so that its client is still about to fetch. */
  public boolean isInUse() {
    OperationState now = state();
    return !now.isTerminal() || now == OperationState.FINISHED && idleMs() < FETCH_GRACE_MS;
  }

  public TProgressUpdateResp progress() {
    return ProgressReport.of(jobs.stages(), startedMs, state().isTerminal());
  }

  void pending() {
    tryTo(OperationState.PENDING);
  }

  void timeoutBy(Future<?> task) {
    timeout = task;
  }

  /** Runs the body in the calling thread, unless the operation has ended before its turn came. */
  void run(OperationBody body) {
    synchronized (this) {
      if (!state.mayBecome(OperationState.RUNNING)) {
        return;
      }
      state = OperationState.RUNNING;
      startedMs = System.currentTimeMillis();
      runner = Thread.currentThread();
    }
    ResultSource source = null;
    try {
      source = SparkThread.as(this, body::run);
      finished(source);
    } catch (Throwable e) {
      fail(e);
    } finally {
      synchronized (this) {
        runner = null;
        // An interrupt that came too late for this body must not hit the thread's next one.
        Thread.interrupted();
      }
    }
  }

  private void finished(ResultSource source) {
    synchronized (this) {
      result = new HeldResult(source);
    }
    if (!tryTo(OperationState.FINISHED)) {
      // Cancelled or closed while the last rows came: nobody will fetch them.
      result.close();
    }
  }

  void fail(Throwable cause) {
    synchronized (this) {
      if (!state.mayBecome(OperationState.ERROR)) {
        return;
      }
      failure = cause;
    }
    tryTo(OperationState.ERROR);
  }

  /** Stops what runs, and gives up the rows that were not fetched; an operation that has neither stays as it is. */
  public void cancel() {
    stop(OperationState.CANCELED, new EngineException("The statement was cancelled", "HY008"));
  }

  void timedOut(long limitMs) {
    stop(OperationState.TIMEDOUT, new EngineException("Query timed out after " + limitMs / 1000 + " seconds", "HYT00"));
  }

  private void stop(OperationState end, EngineException why) {
    HeldResult held;
    synchronized (this) {
      held = result;
      if (!state.mayBecome(end) || state == OperationState.FINISHED && !held.hasRowsLeft()) {
        return;
      }
      failure = why;
    }
    if (tryTo(end)) {
      if (held != null) {
        held.close();
      }
      stopJobs();
    }
  }

  private void stopJobs() {
    if (!session.spark().sparkContext().isStopped()) {
      session.spark().sparkContext().cancelJobGroup(id.toString());
    }
    jobs.cancel();
    synchronized (this) {
      if (runner != null) {
        runner.interrupt();
      }
    }
  }

  /** Ends it if need be and frees everything it holds. */
  public void close() {
    boolean ran;
    HeldResult held;
    synchronized (this) {
      if (state == OperationState.CLOSED) {
        return;
      }
      ran = !state.isTerminal();
      held = result;
      if (failure == null) {
        failure = new EngineException("The operation was closed", "HY000");
      }
    }
    tryTo(OperationState.CLOSED);
    if (held != null) {
      held.close();
    }
    if (ran || jobs.isRunning()) {
      // With incremental collect, jobs run after FINISHED too.
      stopJobs();
    }
    whenClosed.run();
  }

  private boolean tryTo(OperationState next) {
    synchronized (this) {
      if (!state.mayBecome(next)) {
        return false;
      }
      state = next;
      if (!next.isTerminal()) {
        return true;
      }
      if (completedMs == 0) {
        completedMs = System.currentTimeMillis();
        lastUsedMs = completedMs;
      }
    }
    Future<?> pendingTimeout = timeout;
    if (pendingTimeout != null) {
      pendingTimeout.cancel(false);
    }
    done.complete(null);
    return true;
  }

  /** The rows' schema; to be called once the operation is done. */
  public TTableSchema schema() {
    return fetchable().source().schema();
  }

  /** The next rows; to be called once the operation is done. */
  public RowSet fetch(int orientation, long maxRows) throws Exception {
    HeldResult held = fetchable();
    lastUsedMs = System.currentTimeMillis();
    try {
      return held.fetch(orientation, maxRows);
    } catch (Exception e) {
      // What was stopped under the fetch's feet tells that, and not how it fell.
      fetchable();
      throw e;
    }
  }

  /** Whether it has ended, with few rows or none, all of them on the heap. */
  synchronized boolean hasRowsAtHand() {
    return state == OperationState.FINISHED ? result.isAtHand() : state.isTerminal();
  }

  private synchronized HeldResult fetchable() {
    if (state == OperationState.FINISHED) {
      return result;
    }
    if (failure instanceof RuntimeException) {
      throw (RuntimeException) failure;
    }
    throw new CompletionException(failure);
  }

  /** Log lines as a result of one column; an empty batch means that there are no more for now. */
  public RowSet fetchLog(int orientation, long maxRows) throws Exception {
    if (orientation != FETCH_NEXT && orientation != FETCH_FIRST) {
      throw new EngineException("The fetch orientation of an operation log has to be FETCH_NEXT or FETCH_FIRST", "HY106");
    }
    try (ResultSource lines = FixedResults.lines("operation_log",
        orientation == FETCH_FIRST ? log.fromStart(maxRows) : log.next(maxRows), session.protocol())) {
      return lines.fetch(FETCH_NEXT, 0);
    }
  }
}
