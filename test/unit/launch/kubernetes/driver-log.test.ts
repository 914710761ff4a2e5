import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/core/clock.ts';
import { driverLog, nanosOf } from '../../../../src/launch/kubernetes/driver-log.ts';
import { KubeError } from '../../../../src/launch/kubernetes/kube-error.ts';

const at = (second: string, line: string): string => `2026-01-01T00:00:${second}Z ${line}\n`;

/** Each pass is what one connection gives: pieces of text, then its end or its failure. */
type Pass = readonly (string | KubeError)[];

async function read(
  passes: readonly Pass[],
  isOver: () => boolean = () => left.length === 0,
): Promise<{ lines: readonly string[]; since: readonly (string | undefined)[] }> {
  left = [...passes];
  const since: (string | undefined)[] = [];
  const clock: Clock = { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };
  const source = {
    open: (sinceTime: string | undefined) => {
      since.push(sinceTime);
      const [first, ...rest] = left.shift() ?? [];
      if (first instanceof KubeError) return Promise.reject(first);
      return Promise.resolve(text([first ?? '', ...rest]));
    },
    isOver: () => Promise.resolve(isOver()),
    changed: () => new Promise<void>(() => {}),
  };
  const lines: string[] = [];
  for await (const line of driverLog(source, clock, new AbortController().signal)) lines.push(line);
  return { lines, since };
}
let left: Pass[] = [];

async function* text(pieces: Pass): AsyncIterable<string> {
  for (const piece of pieces) {
    if (piece instanceof KubeError) throw piece;
    yield await Promise.resolve(piece);
  }
}

const broken = new KubeError('broke off');
const waiting = new KubeError('waiting to start: ContainerCreating', { status: 400 });
const gone = new KubeError('not found', { status: 404 });

describe('a driver’s log', () => {
  it('begins when its container does, and comes in lines, whatever the pieces', async () => {
    const whole = at('01.5', 'a b') + at('02.5', '');
    const { lines } = await read([[waiting], [waiting], [whole.slice(0, 5), whole.slice(5)]]);
    expect(lines).toEqual(['a b', '']);
  });

  it('is there as soon as its container has begun, however long the next look is off', async () => {
    let passes = 0;
    const clock: Clock = {
      now: () => 0,
      monotonicMs: () => 0,
      sleep: () => new Promise(() => {}),
    };
    const source = {
      open: () =>
        passes++ === 0 ? Promise.reject(waiting) : Promise.resolve(text([at('01', 'a')])),
      isOver: () => Promise.resolve(passes > 1),
      changed: () => Promise.resolve(),
    };
    const lines: string[] = [];
    for await (const line of driverLog(source, clock, new AbortController().signal)) {
      lines.push(line);
    }
    expect(lines).toEqual(['a']);
  });

  it('goes on after a break with what is new, though many lines have one time', async () => {
    const { lines, since } = await read([
      [
        at('01.1', 'a') + at('02.2', 'b') + at('02.2', 'b') + at('02.2', 'cut')?.slice(0, 9),
        broken,
      ],
      [at('02.1', 'older') + at('02.2', 'b') + at('02.2', 'b') + at('02.2', 'c') + at('03', 'd')],
    ]);
    expect(lines).toEqual(['a', 'b', 'b', 'c', 'd']);
    expect(since).toEqual([undefined, '2026-01-01T00:00:02Z', '2026-01-01T00:00:03Z']);
  });

  it('is looked at once more after the end, since the stream may have ended early', async () => {
    const { lines } = await read([[at('01', 'a')], [at('01', 'a') + at('02', 'b')]], () => true);
    expect(lines).toEqual(['a', 'b']);
  });

  it('ends with a pod that is gone', async () => {
    expect((await read([[at('01', 'a'), broken], [gone], [gone]], () => true)).lines).toEqual([
      'a',
    ]);
  });

  it('says that it may not be read', async () => {
    const forbidden = new KubeError('pods/log is forbidden', { status: 403 });
    expect((await read([[forbidden]])).lines).toEqual([
      "The driver's log can't be read: pods/log is forbidden",
    ]);
  });

  it('has lines that are cut where they never end', async () => {
    const { lines } = await read([[at('01', 'x'.repeat(100_000)), at('02', 'y')]]);
    expect(lines.map((line) => line.length)).toEqual([64 * 1024 + 3 - at('01', '').length + 1, 1]);
  });
});

describe('the time of a line', () => {
  it('is read to the nanosecond, in any zone', () => {
    expect(nanosOf('1970-01-01T00:00:01.5Z')).toBe(1_500_000_000n);
    expect(nanosOf('1970-01-01T01:00:00.000000001+01:00')).toBe(1n);
    expect(nanosOf('yesterday')).toBeUndefined();
  });
});
