import { expect, test } from 'vitest';
import { RateLimits } from '../../../support/aws/rate-limits.ts';

test('a bucket gives its burst at once and then so many a second, each for its own', () => {
  let nowMs = 0;
  const limits = new RateLimits(
    { 'emr:ListSteps': { burst: 2, perSecond: 0.5 }, 'emr:*': { burst: 4, perSecond: 10 } },
    () => nowMs,
  );
  const take = (operation: string) => {
    try {
      limits.take('emr', operation);
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'ThrottlingException', status: 400 });
      return false;
    }
  };
  expect([take('ListSteps'), take('ListSteps'), take('ListSteps')]).toEqual([true, true, false]);
  expect([take('Other'), take('Other'), take('Other')]).toEqual([true, true, false]);
  nowMs = 1999;
  expect(take('ListSteps')).toBe(false);
  nowMs = 2000;
  expect([take('ListSteps'), take('ListSteps')]).toEqual([true, false]);
});
