import { type StartedProcess, startProcess } from '../../support/processes.ts';
import { diskBytes, jdkProgram, liveHeapBytes, ownMemoryBytes } from './slow-reader-memory.ts';

const everyMs = 200;

export interface Watched {
  readonly enginePid: number;
  readonly gatewayPid: number;
  /** Where the engine may leave files. */
  readonly localDir: string;
}

/** The most that was seen while it was watched, in bytes. */
export interface MemoryPeaks {
  /** Reachable objects of the engine, of those times that they were counted. */
  readonly liveHeap: number;
  /** All objects of the engine, garbage included, every 200 ms. */
  readonly usedHeap: number;
  /** The engine's own memory: heap, class data, code, threads and buffers. */
  readonly engine: number;
  /** How much more the gateway had than at the beginning. */
  readonly gatewayGrowth: number;
  /** On disk by the engine. */
  readonly disk: number;
}

/** Follows what the engine and the gateway hold. A process that has ended fails the next look. */
export class MemoryWatch {
  readonly #watched: Watched;
  readonly #gatewayBytes: number;
  readonly #jstat: StartedProcess;
  readonly #timer: NodeJS.Timeout;
  #peaks = { liveHeap: 0, usedHeap: 0, engine: 0, gatewayGrowth: 0, disk: 0 };
  #failure: unknown;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#gatewayBytes = ownMemoryBytes(watched.gatewayPid);
    // It reads the JVM's counters from shared memory: the engine does nothing for it.
    this.#jstat = startProcess(jdkProgram('jstat'), [
      '-gc',
      String(watched.enginePid),
      String(everyMs),
    ]);
    this.#timer = setInterval(() => {
      try {
        this.#look();
      } catch (failure) {
        this.#failure ??= failure;
      }
    }, everyMs);
  }

  /** Collects the engine's heap in full and counts what stays. */
  async countLiveHeap(): Promise<void> {
    this.#raise({ liveHeap: await liveHeapBytes(this.#watched.enginePid) });
  }

  async stop(): Promise<MemoryPeaks> {
    clearInterval(this.#timer);
    await this.#jstat.stop();
    if (this.#failure !== undefined) {
      throw new Error('what was watched has ended', { cause: this.#failure });
    }
    this.#raise({ usedHeap: mostUsed(this.#jstat.stdout) });
    return this.#peaks;
  }

  #look(): void {
    const { enginePid, gatewayPid, localDir } = this.#watched;
    this.#raise({
      engine: ownMemoryBytes(enginePid),
      gatewayGrowth: ownMemoryBytes(gatewayPid) - this.#gatewayBytes,
      disk: diskBytes(enginePid, localDir),
    });
  }

  #raise(seen: Partial<MemoryPeaks>): void {
    for (const key of ['liveHeap', 'usedHeap', 'engine', 'gatewayGrowth', 'disk'] as const) {
      this.#peaks[key] = Math.max(this.#peaks[key], seen[key] ?? 0);
    }
  }
}

/** The largest sum of survivors, eden and old generation in the lines of `jstat -gc`, which are in KiB. */
function mostUsed(text: string): number {
  const [head = '', ...lines] = text.trim().split('\n');
  const names = head.trim().split(/\s+/);
  const used = ['S0U', 'S1U', 'EU', 'OU'].map((name) => names.indexOf(name));
  const sums = lines.map((line) => {
    const figures = line.trim().split(/\s+/).map(Number);
    return 1024 * used.reduce((sum, at) => sum + (figures[at] ?? 0), 0);
  });
  if (used.includes(-1) || sums.length === 0) throw new Error(`jstat said: ${text.slice(0, 500)}`);
  return Math.max(...sums);
}
