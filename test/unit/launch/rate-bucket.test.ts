import { expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { RateBucket, RateBuckets } from '../../../src/launch/rate-bucket.ts';

const never = new AbortController().signal;

/** Time goes on by what somebody sleeps. */
function sleepingClock(): Clock & { advance(ms: number): void } {
  let now = 0;
  return {
    now: () => now,
    monotonicMs: () => now,
    sleep: (ms, signal) => {
      if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
      now += ms;
      return Promise.resolve();
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

async function timesOf(bucket: RateBucket, clock: Clock, calls: number): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < calls; at++) {
    await bucket.take(never);
    times.push(clock.monotonicMs());
  }
  return times;
}

it('lets a burst through and then one call after the other', async () => {
  const clock = sleepingClock();
  const bucket = new RateBucket({ perSecond: 2, burst: 3 }, clock);
  expect(await timesOf(bucket, clock, 6)).toEqual([0, 0, 0, 500, 1000, 1500]);
});

it('says how many wait before a call, and serves them in order', async () => {
  const clock = sleepingClock();
  const bucket = new RateBucket({ perSecond: 1, burst: 1 }, clock);
  const waits: number[] = [];
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2, 3].map((id) =>
      bucket.take(never, (ahead) => waits.push(ahead)).then(() => order.push(id)),
    ),
  );
  expect(order).toEqual([0, 1, 2, 3]);
  expect(waits).toEqual([1, 2, 3]);
  expect(bucket.waiting).toBe(0);
});

it('goes on after a call that was given up', async () => {
  const clock = sleepingClock();
  const bucket = new RateBucket({ perSecond: 1, burst: 1 }, clock);
  const given = new AbortController();
  const first = bucket.take(never);
  const second = bucket.take(given.signal);
  const third = bucket.take(never);
  given.abort(new Error('no longer wanted'));
  await expect(second).rejects.toThrow('no longer wanted');
  await Promise.all([first, third]);
  expect(clock.monotonicMs()).toBe(1000);
});

it('lets go at once who gives up, however many wait before him', async () => {
  const until = Promise.withResolvers<void>();
  const clock: Clock = { now: () => 0, monotonicMs: () => 0, sleep: () => until.promise };
  const bucket = new RateBucket({ perSecond: 1, burst: 1 }, clock);
  await bucket.take(never);
  const stillWaits = bucket.take(never).catch((error: unknown) => error);
  const given = new AbortController();
  const second = bucket.take(given.signal);
  given.abort(new Error('no longer wanted'));
  await expect(second).rejects.toThrow('no longer wanted');
  expect(bucket.waiting).toBe(1);
  until.reject(new Error('the clock has stopped'));
  expect(await stillWaits).toMatchObject({ message: 'the clock has stopped' });
});

it('halves its rate when the service throttles all the same, and comes back by and by', async () => {
  const clock = sleepingClock();
  const bucket = new RateBucket({ perSecond: 10, burst: 10 }, clock);
  await bucket.take(never);
  bucket.throttled();
  const slow = await timesOf(bucket, clock, 2);
  expect((slow[1] ?? 0) - (slow[0] ?? 0)).toBeGreaterThan(150);
  clock.advance(60_000);
  await timesOf(bucket, clock, 10);
  const full = await timesOf(bucket, clock, 2);
  expect((full[1] ?? 0) - (full[0] ?? 0)).toBe(100);
});

it('is the same for the same place and operation', () => {
  const buckets = new RateBuckets(sleepingClock());
  const rate = { perSecond: 1, burst: 1 };
  expect(buckets.of('eu-central-1', 'List', rate)).toBe(buckets.of('eu-central-1', 'List', rate));
  expect(buckets.of('eu-central-1', 'List', rate)).not.toBe(buckets.of('us-east-1', 'List', rate));
});

it('goes faster for all from the moment in which one cluster knows of a higher rate', async () => {
  const clock = sleepingClock();
  const buckets = new RateBuckets(clock);
  const bucket = buckets.of('eu-west-1', 'StartJobRun', { perSecond: 1, burst: 1 });
  expect(await timesOf(bucket, clock, 2)).toEqual([0, 1000]);
  expect(buckets.of('eu-west-1', 'StartJobRun', { perSecond: 10, burst: 1 })).toBe(bucket);
  buckets.of('eu-west-1', 'StartJobRun', { perSecond: 1, burst: 1 });
  expect(await timesOf(bucket, clock, 3)).toEqual([1100, 1200, 1300]);
});
