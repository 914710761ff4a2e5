import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, type Hs2Client } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import {
  type ResultEngine,
  type ResultMaster,
  startResultEngine,
} from '../../support/result-engine.ts';
import { boundedEngineConf, memoryBounds } from './slow-reader-bounds.ts';
import { runSlowTrial, type SlowTrialOutcome } from './slow-reader-trial.ts';
import { heldByExecutors } from './spooled-bytes.ts';

const user = 'alice';
const bytes = 256e6;
/** Less than half of a result of that size. */
const onDisk = 128e6;
/** On YARN, whose start takes long enough, the slow part is shorter. */
const slowSeconds: Readonly<Record<ResultMaster, number>> = { local: 4, yarn: 2 };

/** How many read at once, and in how many partitions each result comes. */
export interface TrialShape {
  readonly readers: number;
  readonly partitions: number;
}

export const allShapes: readonly TrialShape[] = [
  { readers: 1, partitions: 1 },
  { readers: 1, partitions: 8 },
  { readers: 1, partitions: 400 },
  { readers: 10, partitions: 8 },
];

/** Defines the tests of one engine, whose heap is smaller than what is read of it in sum. */
export function boundMemoryOn(master: ResultMaster, shapes: readonly TrialShape[]): void {
  describe(`an engine on ${master}`, () => {
    describeEngine(master, shapes);
  });
}

function describeEngine(master: ResultMaster, shapes: readonly TrialShape[]): void {
  let engine: ResultEngine;
  let client: Hs2Client;

  beforeAll(async () => {
    engine = await startResultEngine(master, boundedEngineConf);
    client = await connectHs2({ port: engine.port, user });
    await (await client.openSession()).run('select 1'); // the engine is up, and stays while this session does
  }, 240_000);

  afterAll(async () => {
    client.end();
    await engine.stop();
    await stopAllProcesses();
  }, 120_000);

  describe.each(shapes)(
    'results of 256 MB (readers: $readers, partitions: $partitions)',
    (trial) => {
      let outcome: SlowTrialOutcome;

      beforeAll(async () => {
        const slowly = { bytesPerSecond: 5e6, slowSeconds: slowSeconds[master] };
        outcome = await runSlowTrial(engine.gateway, { user, bytes, ...slowly, ...trial });
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

      it('wait on disk, and are gone from there once they are closed', async () => {
        expect(outcome.peaks.disk).toBeGreaterThan(onDisk * trial.readers);
        expect(outcome.leftOnDisk).toBeLessThan(1 << 20);
        await expect.poll(() => heldByExecutors(engine), { timeout: 60_000 }).toBe(0);
      });
    },
  );
}
