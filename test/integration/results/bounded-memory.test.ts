import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { boundedEngineConf, memoryBounds } from './slow-reader-bounds.ts';
import { runSlowTrial, type SlowTrialOutcome } from './slow-reader-trial.ts';

const user = 'alice';
const bytes = 256e6;
/** Less than half of a result of that size. */
const onDisk = 128e6;

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await startGateway({ conf: boundedEngineConf });
  const client = await connectHs2({ port: gateway.port, user });
  await (await client.openSession()).run('select 1'); // the engine is up, and stays while this session does
});

afterAll(async () => {
  await gateway.stop();
  await stopAllProcesses();
});

describe.each([
  { readers: 1, partitions: 1 },
  { readers: 1, partitions: 8 },
  { readers: 1, partitions: 400 },
  { readers: 10, partitions: 8 },
])('results of 256 MB (readers: $readers, partitions: $partitions)', (trial) => {
  let outcome: SlowTrialOutcome;

  beforeAll(async () => {
    const slowly = { bytesPerSecond: 5e6, slowSeconds: 4 };
    outcome = await runSlowTrial(gateway, { user, bytes, ...slowly, ...trial });
  });

  it('arrive complete, every value as it was', () => {
    const { rows, wantedRows } = outcome; // a wrong value has ended the reading before
    expect(rows).toEqual(Array.from({ length: trial.readers }, () => wantedRows));
  });

  it('leave an engine of 512 MB and the gateway within their bounds', () => {
    const { peaks } = outcome;
    const bounds = memoryBounds(trial);
    expect(peaks.liveHeap).toBeLessThan(bounds.liveHeap);
    expect(peaks.engine).toBeLessThan(bounds.engine);
    expect(peaks.gatewayGrowth).toBeLessThan(bounds.gatewayGrowth);
  });

  it('wait on disk, and are gone from there once they are closed', () => {
    expect(outcome.peaks.disk).toBeGreaterThan(onDisk * trial.readers);
    expect(outcome.leftOnDisk).toBeLessThan(1 << 20);
  });
});
