import type { EngineRefInput } from './engine-ref.ts';
import { poolCounterPath } from './engine-ref.ts';

export interface PoolSettings {
  readonly name: string;
  /** Below 1: no pool. */
  readonly size: number;
  readonly sizeThreshold: number;
  readonly selectPolicy: 'RANDOM' | 'POLLING';
  readonly ignoreSubdomain: boolean;
}

/** Counts for the POLLING policy, shared by all gateways. */
export interface PoolCounter {
  /** The value before it was raised, from 0. */
  nextCount(path: string): Promise<number>;
}

/**
 * The subdomain that a session gets: its own, or a member of the pool (kyuubi-contract 2.4). A session that names a member
 * (`engine-pool-2`) as its subdomain gets that one.
 */
export async function chooseSubdomain(
  input: EngineRefInput,
  pool: PoolSettings,
  counter: PoolCounter,
): Promise<string | undefined> {
  if (pool.size < 1) return input.subdomain;
  if (input.subdomain !== undefined && !pool.ignoreSubdomain) return input.subdomain;
  const size = Math.min(pool.size, pool.sizeThreshold);
  const member =
    pool.selectPolicy === 'RANDOM'
      ? Math.floor(Math.random() * size)
      : (await counter.nextCount(poolCounterPath(input, pool.name))) % size;
  return `${pool.name}-${Math.abs(member)}`;
}
