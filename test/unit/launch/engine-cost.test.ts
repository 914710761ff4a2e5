import { expect, test } from 'vitest';
import { engineCost } from '../../../src/launch/engine-cost.ts';
import type { Prices } from '../../../src/preset/prices.ts';

const prices: Prices = {
  currency: 'USD',
  perVcpuHour: '0.052624',
  perMemoryGbHour: '0.0057785',
  perStorageGbHour: undefined,
  perEngine: undefined,
};
const usage = { vcpuSeconds: 7200, memoryMibSeconds: 3600 * 1024 * 8 };

test('two vCPU-hours and eight GB-hours at their prices', () => {
  expect(engineCost(usage, prices)).toBe('0.151476');
});

test('no noise of floats, whatever the price', () => {
  const flat = { ...prices, perVcpuHour: '0.1', perMemoryGbHour: '0.2' };
  const used = { vcpuSeconds: 3600, memoryMibSeconds: 3600 * 1024 };
  expect(engineCost(used, flat)).toBe('0.3000');
});

test('seconds of a cheap engine still cost something', () => {
  expect(engineCost({ vcpuSeconds: 1, memoryMibSeconds: 0 }, prices)).toBe('0.00001462');
});

test('only the sum is rounded, half up', () => {
  const tiny = { ...prices, perVcpuHour: '0.000000005', perMemoryGbHour: '0' };
  expect(engineCost({ vcpuSeconds: 3600, memoryMibSeconds: 0 }, tiny)).toBe('0.00000001');
  const two = { ...tiny, perMemoryGbHour: '0.000000004' };
  const used = { vcpuSeconds: 3600, memoryMibSeconds: 3600 * 1024 };
  expect(engineCost(used, two)).toBe('0.00000001');
});

test('disk and a flat price for each engine', () => {
  const all = { ...prices, perStorageGbHour: '0.000111', perEngine: '0.01' };
  expect(engineCost({ ...usage, storageGbSeconds: 36_000 }, all)).toBe('0.162586');
});

test('what is not known has no cost, unless nothing of it is to be paid', () => {
  expect(engineCost(undefined, prices)).toBeUndefined();
  expect(engineCost(usage, { ...prices, perStorageGbHour: '0.000111' })).toBeUndefined();
  const flat = { ...prices, perVcpuHour: '0', perMemoryGbHour: '0.0', perEngine: '0.25' };
  expect(engineCost(undefined, flat)).toBe('0.2500');
});
