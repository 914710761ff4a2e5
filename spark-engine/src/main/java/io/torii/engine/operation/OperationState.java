package io.torii.engine.operation;

import java.util.EnumSet;
import java.util.Set;
import org.apache.hive.service.rpc.thrift.TOperationState;

/** The phases of an operation and the moves between them: this table is the whole specification. */
public enum OperationState {
  INITIALIZED(TOperationState.INITIALIZED_STATE),
  PENDING(TOperationState.PENDING_STATE),
  RUNNING(TOperationState.RUNNING_STATE),
  FINISHED(TOperationState.FINISHED_STATE),
  CANCELED(TOperationState.CANCELED_STATE),
  TIMEDOUT(TOperationState.TIMEDOUT_STATE),
  ERROR(TOperationState.ERROR_STATE),
  CLOSED(TOperationState.CLOSED_STATE);

  private static final int FIRST_PROTOCOL_WITH_TIMEDOUT = 8;

  private final TOperationState wire;

  OperationState(TOperationState wire) {
    this.wire = wire;
  }

  private Set<OperationState> successors() {
    switch (this) {
      case INITIALIZED:
        return EnumSet.of(PENDING, RUNNING, CANCELED, TIMEDOUT, ERROR, CLOSED);
      case PENDING:
        return EnumSet.of(RUNNING, CANCELED, TIMEDOUT, ERROR, CLOSED);
      case RUNNING:
        return EnumSet.of(FINISHED, CANCELED, TIMEDOUT, ERROR, CLOSED);
      case FINISHED:
        return EnumSet.of(CANCELED, CLOSED); // rows that nobody wants any more
      case CANCELED:
      case TIMEDOUT:
      case ERROR:
        return EnumSet.of(CLOSED);
      default:
        return EnumSet.noneOf(OperationState.class);
    }
  }

  boolean mayBecome(OperationState next) {
    return successors().contains(next);
  }

  /** Whether nothing more will run. */
  public boolean isTerminal() {
    return this != INITIALIZED && this != PENDING && this != RUNNING;
  }

  /** Clients of the older protocols do not know of time-outs, and see a cancelled operation. */
  public TOperationState wire(int protocol) {
    return this == TIMEDOUT && protocol < FIRST_PROTOCOL_WITH_TIMEDOUT ? TOperationState.CANCELED_STATE : wire;
  }
}
