import { describe, expect, it } from 'vitest';
import { chooseSubdomain } from '../../../src/engine/engine-pool.ts';
import type { PoolSettings } from '../../../src/engine/engine-pool.ts';
import { newRefInput } from '../../support/ref-input.ts';

const input = newRefInput();
const pool: PoolSettings = {
  name: 'engine-pool',
  size: 3,
  sizeThreshold: 9,
  selectPolicy: 'POLLING',
  ignoreSubdomain: false,
};

function countingFrom(start: number): { nextCount: () => Promise<number> } {
  let next = start;
  return { nextCount: () => Promise.resolve(next++) };
}

describe('chooseSubdomain', () => {
  it('goes round the members with POLLING', async () => {
    const counter = countingFrom(5);
    const chosen = [];
    for (let i = 0; i < 4; i++) chosen.push(await chooseSubdomain(input, pool, counter));
    expect(chosen).toEqual(['engine-pool-2', 'engine-pool-0', 'engine-pool-1', 'engine-pool-2']);
  });

  it('takes every member with RANDOM, and no other', async () => {
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 200; i++) {
      seen.add(await chooseSubdomain(input, { ...pool, selectPolicy: 'RANDOM' }, countingFrom(0)));
    }
    expect(seen).toEqual(new Set(['engine-pool-0', 'engine-pool-1', 'engine-pool-2']));
  });

  it('caps the size at the threshold of the gateway', async () => {
    expect(
      await chooseSubdomain(input, { ...pool, size: 100, sizeThreshold: 2 }, countingFrom(3)),
    ).toBe('engine-pool-1');
  });

  it('lets a session name a member, or any subdomain, unless the pool ignores it', async () => {
    const named = { ...input, subdomain: 'engine-pool-1' };
    expect(await chooseSubdomain(named, pool, countingFrom(0))).toBe('engine-pool-1');
    expect(await chooseSubdomain(named, { ...pool, ignoreSubdomain: true }, countingFrom(0))).toBe(
      'engine-pool-0',
    );
  });

  it('is no pool without a size', async () => {
    expect(await chooseSubdomain(input, { ...pool, size: 0 }, countingFrom(0))).toBeUndefined();
  });
});
