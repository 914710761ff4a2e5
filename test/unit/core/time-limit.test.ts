import { expect, test } from 'vitest';
import { changeOrLate, withinLimit } from '../../../src/core/time-limit.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Clock } from '../../../src/core/clock.ts';

/** Whoever sleeps by it wakes at `ring`, or when the signal fires. */
function alarm(): { readonly clock: Clock; readonly ring: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const sleep: Clock['sleep'] = (_ms, signal) => {
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(signal?.reason as Error); // whoever aborts gives an Error
    if (signal?.aborted === true) leave();
    signal?.addEventListener('abort', leave, { once: true });
    return Promise.race([promise, left.promise]);
  };
  return { clock: { ...systemClock, sleep }, ring: resolve };
}

const late = (): Error => new Error('too late');

test('work that ends in time settles as it does', async () => {
  const { clock } = alarm();
  expect(await withinLimit(Promise.resolve(1), { clock, ms: 10, late })).toBe(1);
  const failing = Promise.reject(new Error('no'));
  await expect(withinLimit(failing, { clock, ms: 10, late })).rejects.toThrow('no');
});

test('work that takes longer fails with the reason of the limit, and is still heard', async () => {
  const { clock, ring } = alarm();
  const work = Promise.withResolvers<number>();
  const waiting = withinLimit(work.promise, { clock, ms: 10, late });
  ring();
  await expect(waiting).rejects.toThrow('too late');
  work.reject(new Error('nobody waits for this any more'));
});

test('a signal ends the wait with its own reason, also one that had fired before', async () => {
  const { clock } = alarm();
  const gone = new AbortController();
  const { promise } = Promise.withResolvers<never>();
  const waiting = withinLimit(promise, { clock, ms: 10, late, signal: gone.signal });
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  const again = withinLimit(promise, { clock, ms: 10, late, signal: gone.signal });
  await expect(again).rejects.toThrow('gone');
});

test('a wait for a change ends with the change, with its time and with the signal', async () => {
  const { clock, ring } = alarm();
  const never = new Promise<void>(() => {});
  const gone = new AbortController();
  await changeOrLate(Promise.resolve(), 10, clock, gone.signal);
  const left = changeOrLate(never, 10, clock, gone.signal);
  gone.abort(new Error('gone'));
  await expect(left).resolves.toBeUndefined();
  const late = changeOrLate(never, 10, clock, new AbortController().signal);
  ring();
  await expect(late).resolves.toBeUndefined();
});

test('a change that fails fails the wait for it', async () => {
  const { clock } = alarm();
  const { signal } = new AbortController();
  const failing = Promise.reject(new Error('no'));
  await expect(changeOrLate(failing, 10, clock, signal)).rejects.toThrow('no');
});
