import type { SlowTrial } from './slow-reader-trial.ts';

const mib = 1 << 20;

/** The engine's `spark.driver.memory`. */
export const engineHeapMib = 512;
const heap = engineHeapMib * mib;

/** What may be held at most, in bytes, however large the results are. */
export interface MemoryBounds {
  /** Reachable objects: Spark itself, the results' share, and what is on its way. */
  readonly liveHeap: number;
  /** Heap, and 400 MiB for class data, compiled code, threads and buffers. */
  readonly engine: number;
  readonly gatewayGrowth: number;
}

export function memoryBounds({ readers }: Pick<SlowTrial, 'readers'>): MemoryBounds {
  return {
    liveHeap: 0.6 * heap,
    engine: heap + 400 * mib,
    gatewayGrowth: (readers === 1 ? 64 : 200) * mib,
  };
}

/**
 * What the engine that the bounds are for is started with: with both of Java's compilers, as an installation has it, since what
 * they compile counts.
 */
export const boundedEngineConf = {
  'spark.driver.memory': `${engineHeapMib}m`,
  'spark.driver.extraJavaOptions': '-XX:+TieredCompilation',
};
