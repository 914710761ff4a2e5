import { expect, test } from 'vitest';
import { WorkSlots } from '../../../src/auth/work-slots.ts';

const never = new AbortController().signal;

function work(log: string[], name: string): { readonly run: () => Promise<string>; end(): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  return {
    run: () => {
      log.push(name);
      return promise;
    },
    end: () => resolve(name),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('so many run at once, the others in the order of their coming', async () => {
  const slots = new WorkSlots({ running: 2, waiting: 10 });
  const log: string[] = [];
  const all = ['a', 'b', 'c', 'd'].map((name) => work(log, name));
  const results = all.map((each) => slots.run(each.run, never));
  await settled();
  expect(log).toEqual(['a', 'b']);
  all[1]?.end();
  await settled();
  expect(log).toEqual(['a', 'b', 'c']);
  for (const each of all) each.end();
  expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
});

test('work that fails gives its slot back', async () => {
  const slots = new WorkSlots({ running: 1, waiting: 1 });
  const failing = (): Promise<never> => Promise.reject(new Error('no'));
  await expect(slots.run(failing, never)).rejects.toThrow('no');
  expect(await slots.run(() => Promise.resolve('yes'), never)).toBe('yes');
});

test('who comes when too many wait is turned away', async () => {
  const slots = new WorkSlots({ running: 1, waiting: 1 });
  const log: string[] = [];
  const first = work(log, 'a');
  const results = [first.run, () => Promise.resolve('b')].map((run) => slots.run(run, never));
  await expect(slots.run(() => Promise.resolve('c'), never)).rejects.toMatchObject({
    code: 'AUTHENTICATION_UNAVAILABLE',
    message: '1 logins wait for their turn already',
  });
  first.end();
  expect(await Promise.all(results)).toEqual(['a', 'b']);
});

test('who leaves while waiting costs nothing', async () => {
  const slots = new WorkSlots({ running: 1, waiting: 1 });
  const log: string[] = [];
  const first = work(log, 'a');
  const leaving = new AbortController();
  const running = slots.run(first.run, never);
  const waiting = slots.run(work(log, 'b').run, leaving.signal);
  leaving.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  const third = slots.run(() => Promise.resolve('c'), never);
  first.end();
  expect(await Promise.all([running, third])).toEqual(['a', 'c']);
  expect(log).toEqual(['a']);
  await expect(slots.run(first.run, leaving.signal)).rejects.toThrow('gone');
});

test('all who wait can be turned away at once, and whoever runs is left alone', async () => {
  const slots = new WorkSlots({ running: 1, waiting: 5 });
  const first = work([], 'a');
  const running = slots.run(first.run, never);
  const waiting = ['b', 'c'].map((name) => slots.run(() => Promise.resolve(name), never));
  slots.turnAway(new Error('no use'));
  for (const each of waiting) await expect(each).rejects.toThrow('no use');
  const next = slots.run(() => Promise.resolve('d'), never);
  first.end();
  expect(await Promise.all([running, next])).toEqual(['a', 'd']);
});
