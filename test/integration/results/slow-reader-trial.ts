import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { RunningGateway } from '../../support/gateway.ts';
import { SlowReaderCrowd } from './slow-reader-crowd.ts';
import { diskBytes } from './slow-reader-memory.ts';
import { slowRowBytes } from './slow-reader-result.ts';
import { type MemoryPeaks, MemoryWatch } from './slow-reader-watch.ts';

const freedLimitMs = 20_000;

export interface SlowTrial {
  readonly user: string;
  readonly readers: number;
  /** Of each reader's result on the wire. */
  readonly bytes: number;
  readonly partitions: number;
  /** Of each reader at first. */
  readonly bytesPerSecond: number;
  readonly slowSeconds: number;
}

export interface SlowTrialOutcome {
  readonly wantedRows: number;
  /** Of each reader; every value of theirs was the right one. */
  readonly rows: readonly number[];
  readonly peaks: MemoryPeaks;
  /** What the engine still has on disk once every result is closed. */
  readonly leftOnDisk: number;
  readonly executeSeconds: number;
  /** Of the reading at full speed. */
  readonly restSeconds: number;
}

/** Readers that run a statement each, read slowly for a while, stop, and then read to the end as fast as they can. */
export async function runSlowTrial(
  gateway: RunningGateway,
  trial: SlowTrial,
): Promise<SlowTrialOutcome> {
  const watched = {
    enginePid: enginePid(gateway),
    gatewayPid: gateway.process.pid,
    localDir: join(gateway.dir, 'local'),
  };
  const wantedRows = Math.floor(trial.bytes / slowRowBytes);
  const { user, readers, partitions, bytesPerSecond, slowSeconds: seconds } = trial;
  const crowd = new SlowReaderCrowd();
  const watch = new MemoryWatch(watched);
  try {
    const startMs = performance.now();
    const order = { order: 'execute', port: gateway.port, user, readers } as const;
    await crowd.carryOut({ ...order, rows: wantedRows, partitions });
    const executeSeconds = (performance.now() - startMs) / 1000;
    await watch.countLiveHeap();
    const slow = crowd.carryOut({ order: 'readSlowly', bytesPerSecond, seconds });
    await Promise.race([slow, sleep(seconds * 500)]);
    await watch.countLiveHeap();
    await slow;
    await watch.countLiveHeap(); // each in the midst of a reply
    const restMs = performance.now();
    const rows = await crowd.carryOut({ order: 'readToTheEnd' });
    const restSeconds = (performance.now() - restMs) / 1000;
    await watch.countLiveHeap();
    await crowd.carryOut({ order: 'close' });
    const leftOnDisk = await settledDiskBytes(watched.enginePid, watched.localDir);
    return {
      wantedRows,
      rows,
      peaks: await watch.stop(),
      leftOnDisk,
      executeSeconds,
      restSeconds,
    };
  } catch (failure) {
    await watch.stop().catch(() => {}); // the failure that came first tells more
    throw failure;
  } finally {
    await crowd.stop();
  }
}

/** Waits until the engine has freed what it had on disk, at most for some seconds. */
async function settledDiskBytes(pid: number, folder: string): Promise<number> {
  const deadline = performance.now() + freedLimitMs;
  for (;;) {
    const bytes = diskBytes(pid, folder);
    if (bytes < 1 << 20 || performance.now() > deadline) return bytes;
    await sleep(100);
  }
}

function enginePid(gateway: RunningGateway): number {
  const engines = gateway
    .processes()
    .filter(({ commandLine }) => commandLine.includes('io.torii.engine.EngineMain'))
    // After a first start another one runs for a while, which writes the class-data archive.
    .filter(({ commandLine }) => !commandLine.includes('-XX:ArchiveClassesAtExit'));
  const [engine] = engines;
  if (engine === undefined || engines.length > 1) {
    throw new Error(`the gateway has ${engines.length} engines, not one`);
  }
  return engine.pid;
}
