import { expect, test } from 'vitest';
import { engineEndEvent } from '../../../src/gateway-engine-end.ts';
import type { EngineBill } from '../../../src/launch/engine-bills.ts';
import type { ClusterSpec } from '../../../src/preset/cluster-spec.ts';

const cluster: ClusterSpec = {
  ...{ kind: 'local', name: 'lake', zookeeper: undefined, environment: new Map() },
  limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
  superusers: new Set(),
};
const prices = {
  ...{ currency: 'USD', perVcpuHour: '0.5', perMemoryGbHour: '0.25' },
  ...{ perStorageGbHour: undefined, perEngine: undefined },
};
const startedMs = Date.UTC(2026, 1, 3, 4, 5, 6);
const bill: EngineBill = {
  ...{ tag: 'tag-1', ref: 'app/run', outcome: 'succeeded' },
  owner: { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' },
  ...{ startedMs, endedMs: startedMs + 61_500 },
  usage: { vcpuSeconds: 3600.00049, memoryMibSeconds: 3_686_400, isBilled: true },
};

test('the end of an engine says for whom it ran, what it was given and what it cost', () => {
  expect(engineEndEvent({ ...cluster, prices }, bill)).toEqual({
    ...{ action: 'engine-end', outcome: 'ok', user: 'alice', session: 's-1', engine: 'tag-1' },
    ...{ realUser: undefined, address: undefined, durationMs: 61_500 },
    bill: {
      ...{ cluster: 'lake', kind: 'local', preset: 'bi', group: 'analysts', job: 'app/run' },
      ...{ startTime: '2026-02-03T04:05:06.000Z', endTime: '2026-02-03T04:06:07.500Z' },
      ...{ vcpuSeconds: 3600, memoryMibSeconds: 3_686_400, storageGbSeconds: undefined },
      ...{ billing: 'billed', cost: '0.7500', currency: 'USD' },
    },
  });
});

test('without prices there is no cost, and without a use no bill', () => {
  const plain = engineEndEvent(cluster, { ...bill, outcome: 'killed' });
  expect(plain).toMatchObject({ outcome: 'closed', bill: { billing: 'billed', cost: undefined } });
  const unknown = engineEndEvent({ ...cluster, prices }, { ...bill, usage: undefined });
  expect(unknown.bill).toMatchObject({
    ...{ vcpuSeconds: undefined, billing: undefined, cost: undefined, currency: undefined },
  });
  const measured = { vcpuSeconds: 1, memoryMibSeconds: 1 };
  expect(engineEndEvent(cluster, { ...bill, usage: measured }).bill?.billing).toBe('measured');
});
