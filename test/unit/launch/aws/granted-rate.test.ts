import { describe, expect, it } from 'vitest';
import { grantedRate } from '../../../../src/launch/aws/granted-rate.ts';

describe('the rate of a call', () => {
  it('is the usual one where AWS grants no other', () => {
    expect(grantedRate({ perSecond: 0.45, burst: 9 }, undefined)).toEqual({
      perSecond: 0.45,
      burst: 9,
    });
  });

  it.each([
    { what: 'with a second of calls at once', usual: 9, granted: 20, perSecond: 19, burst: 19 },
    { what: 'with the usual burst at least', usual: 9, granted: 2, perSecond: 1.9, burst: 9 },
    { what: 'without bursts where it has none', usual: 1, granted: 20, perSecond: 19, burst: 1 },
  ])('stays below what AWS grants, $what', ({ usual, granted, perSecond, burst }) => {
    expect(grantedRate({ perSecond: 0.5, burst: usual }, granted)).toEqual({ perSecond, burst });
  });
});
