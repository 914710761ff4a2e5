import { expect, test } from 'vitest';
import { untilAborted } from '../../../src/core/until-aborted.ts';

test('work settles as it does while nobody gives up', async () => {
  const { signal } = new AbortController();
  expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('who gives up fails with the signal’s reason, and the work’s own failure is heard', async () => {
  const gone = new AbortController();
  const work = Promise.withResolvers<number>();
  const waiting = untilAborted(work.promise, gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(untilAborted(work.promise, gone.signal)).rejects.toThrow('gone');
  work.reject(new Error('nobody waits for this any more'));
});
