import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../../../src/core/clock.ts';
import { lastLines, tailLines } from '../../../../src/launch/local/log-tail.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'torii-tail-'));
  path = join(dir, 'log');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const never = new AbortController().signal;

async function gather(lines: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

/** Each sleep does the next thing to the file instead. */
const clockOf = (...steps: readonly (() => Promise<void>)[]): Clock => {
  const left = [...steps];
  return { ...systemClock, sleep: async () => left.shift()?.() };
};

it('stops while it waits for more, too', async () => {
  await writeFile(path, 'one\ntwo');
  const leaving = new AbortController();
  const clock: Clock = {
    ...systemClock,
    sleep: () => {
      leaving.abort(new Error('left'));
      return Promise.reject(new Error('left'));
    },
  };
  expect(await gather(tailLines(path, 0, () => false, clock, leaving.signal))).toEqual(['one']);
});

it('follows a file until the job has ended and all is read', async () => {
  await writeFile(path, 'zero\none\ntw');
  let hasEnded = false;
  const clock = clockOf(
    () => appendFile(path, 'o\n'),
    async () => {
      await appendFile(path, 'last without an end');
      hasEnded = true;
    },
  );
  const lines = await gather(tailLines(path, 1, () => hasEnded, clock, never));
  expect(lines).toEqual(['one', 'two', 'last without an end']);
});

it('begins again with a file that was emptied', async () => {
  await writeFile(path, 'a long first line\n');
  let hasEnded = false;
  const clock = clockOf(
    () => truncate(path, 0),
    async () => {
      await appendFile(path, 'new\n');
      hasEnded = true;
    },
  );
  const lines = await gather(tailLines(path, 0, () => hasEnded, clock, never));
  expect(lines).toEqual(['a long first line', 'new']);
});

it('stops when nobody wants it any more', async () => {
  await writeFile(path, 'a\n');
  const leaving = new AbortController();
  const lines = tailLines(path, 0, () => false, systemClock, leaving.signal);
  expect(await lines.next()).toEqual({ done: false, value: 'a' });
  leaving.abort(new Error('left'));
  expect(await lines.next()).toEqual({ done: true, value: undefined });
});

it('reads the end of a long file', async () => {
  await writeFile(path, `${'x'.repeat(100)}\nlast\n`);
  expect(await lastLines(path, 10)).toEqual(['xxxx', 'last']);
  expect(await lastLines(join(dir, 'none'), 10)).toEqual([]);
});
