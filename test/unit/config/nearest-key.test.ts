import { expect, test } from 'vitest';
import { editDistance, nearestKey } from '../../../src/config/nearest-key.ts';

test.each([
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
  ['same', 'same', 0],
])('%s and %s are %d letters apart', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});

test('a key that is nothing like any other has no nearest', () => {
  expect(nearestKey('torii.abc', ['torii.session.max', 'torii.log.level'])).toBeUndefined();
});
