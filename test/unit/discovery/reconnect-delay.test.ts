import { expect, test } from 'vitest';
import { reconnectDelayMs } from '../../../src/discovery/zookeeper/reconnect-delay.ts';

test('the first try is at once, the next ones wait longer and longer, up to the cap', () => {
  const longest = [0, 1, 2, 3, 10, 1_000].map((round) => reconnectDelayMs(round, 5_000, 1));
  expect(longest).toEqual([0, 100, 200, 400, 5_000, 5_000]);
  expect(reconnectDelayMs(10, 5_000, 0)).toBe(2_500);
});
