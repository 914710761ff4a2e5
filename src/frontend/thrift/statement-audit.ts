import type { Operation } from '../../operation/operation.ts';
import type { OperationState } from '../../operation/operation-state.ts';
import type { Session } from '../../session/session.ts';
import type { AuditEvent } from '../../telemetry/audit-log.ts';
import type { MethodParts } from './method.ts';

/** Tells the audit trail of a statement that was taken, and later of its end. */
export function auditStatement(
  statement: Buffer,
  operation: Operation,
  session: Session,
  { audit, clock }: MethodParts,
): void {
  if (!audit.isOn) return;
  const { user, realUser, clientAddress: address } = session.facts;
  const who = { user, realUser, address, session: session.uuid, operation: operation.uuid };
  audit.record({
    action: 'statement',
    outcome: 'ok',
    ...who,
    engine: session.engineId,
    statement,
  });
  operation.onEnd = () => {
    audit.record({
      action: 'statement-end',
      outcome: outcomes[operation.state],
      ...who,
      engine: session.engineId,
      error: operation.error,
      sqlState: operation.engineSqlState,
      durationMs: clock.now() - operation.startedMs,
    });
  };
}

/** The first three are never an end. */
const outcomes: Readonly<Record<OperationState, AuditEvent['outcome']>> = {
  initialized: 'ok',
  pending: 'ok',
  running: 'ok',
  finished: 'ok',
  canceled: 'canceled',
  timedout: 'timedout',
  error: 'failed',
  closed: 'closed',
};
