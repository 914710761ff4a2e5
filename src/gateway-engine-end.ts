import type { EngineBill } from './launch/engine-bills.ts';
import { engineCost } from './launch/engine-cost.ts';
import type { LaunchOutcome } from './launch/launcher.ts';
import type { ClusterSpec } from './preset/cluster-spec.ts';
import type { AuditEvent } from './telemetry/audit-log.ts';

const outcomes = {
  succeeded: 'ok',
  failed: 'failed',
  killed: 'closed',
} as const satisfies Readonly<Record<LaunchOutcome, AuditEvent['outcome']>>;

/** The line for an engine that a cluster ran: for whom, what it was given, and what it cost by the cluster's prices. */
export function engineEndEvent(
  { name, kind, prices }: ClusterSpec,
  { tag, ref, owner, outcome, startedMs, endedMs, usage }: EngineBill,
): AuditEvent {
  const cost = prices === undefined ? undefined : engineCost(usage, prices);
  return {
    action: 'engine-end',
    outcome: outcomes[outcome],
    user: owner.user,
    realUser: undefined,
    address: undefined,
    session: owner.session,
    engine: tag,
    durationMs: Math.max(0, endedMs - startedMs),
    bill: {
      cluster: name,
      kind,
      preset: owner.preset,
      group: owner.group,
      job: ref,
      startTime: new Date(startedMs).toISOString(),
      endTime: new Date(endedMs).toISOString(),
      vcpuSeconds: rounded(usage?.vcpuSeconds),
      memoryMibSeconds: rounded(usage?.memoryMibSeconds),
      storageGbSeconds: rounded(usage?.storageGbSeconds),
      billing: usage === undefined ? undefined : usage.isBilled === true ? 'billed' : 'measured',
      cost,
      currency: cost === undefined ? undefined : prices?.currency,
    },
  };
}

/** To the thousandth, as it is priced. */
function rounded(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : Math.round(amount * 1000) / 1000;
}
