import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/core/clock.ts';
import { KubeError } from '../../../../src/launch/kubernetes/kube-error.ts';
import {
  listAndWatch,
  type ObjectSource,
  type WatchEvent,
} from '../../../../src/launch/kubernetes/list-and-watch.ts';

type Step =
  | { readonly list: string | KubeError }
  | { readonly watch: readonly WatchEvent[]; readonly fails?: KubeError };

interface Seen {
  readonly told: readonly string[];
  readonly waits: readonly number[];
}

/** Plays the steps one after the other; `told` has what was asked and what was heard. */
async function play(steps: readonly Step[]): Promise<Seen> {
  const told: string[] = [];
  const waits: number[] = [];
  const end = new AbortController();
  const left = [...steps];
  const next = (): Step | undefined => {
    const step = left.shift();
    if (step === undefined) end.abort();
    return step;
  };
  const source: ObjectSource = {
    list: () => {
      const step = next();
      if (step === undefined || !('list' in step)) return Promise.reject(new Error('not now'));
      if (step.list instanceof KubeError) return Promise.reject(step.list);
      return Promise.resolve({ items: [step.list], resourceVersion: step.list });
    },
    watch: (version, onEvent) => {
      const step = next();
      if (step === undefined || !('watch' in step)) return Promise.reject(new Error('not now'));
      told.push(`watch ${version}`);
      for (const event of step.watch) onEvent(event);
      return step.fails === undefined ? Promise.resolve() : Promise.reject(step.fails);
    },
  };
  const clock: Clock = {
    ...{ now: () => 0, monotonicMs: () => 0 },
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
  const listener = {
    listed: (items: readonly unknown[]) => told.push(`listed ${items.join()}`),
    put: (object: unknown) => told.push(`put ${String(object)}`),
    gone: (object: unknown) => told.push(`gone ${String(object)}`),
    unreachable: () => told.push('unreachable'),
  };
  await listAndWatch(source, listener, { clock, random: () => 0.5 }, end.signal);
  return { told, waits };
}

const event = (kind: WatchEvent['kind'], object: string, resourceVersion: string): WatchEvent => ({
  ...{ kind, object, resourceVersion },
});
const expired = new KubeError('too old', { status: 410 });
const throttled = new KubeError('slow down', { status: 429, retryAfterMs: 7000 });

describe('following objects', () => {
  it('lists once and goes on from the last version of each watch, be it only a bookmark', async () => {
    const { told } = await play([
      { list: '1' },
      { watch: [event('put', 'a', '2'), event('gone', 'a', '3')] },
      { watch: [event('bookmark', '', '9')] },
      { watch: [] },
    ]);
    expect(told).toEqual([...['listed 1', 'watch 1', 'put a', 'gone a', 'watch 3', 'watch 9']]);
  });

  it('lists again for a version that is too old, without a word and without a wait', async () => {
    const { told, waits } = await play([
      { list: '1' },
      { watch: [event('put', 'a', '2')], fails: expired },
      { list: '5' },
      { watch: [event('put', 'b', '6')] },
    ]);
    expect(told).toEqual(['listed 1', 'watch 1', 'put a', 'listed 5', 'watch 5', 'put b']);
    expect(waits).toEqual([]);
  });

  it('waits longer each time it is refused, and at least as long as it is told to', async () => {
    const down = new KubeError('down');
    const { told, waits } = await play([
      ...[{ list: down }, { list: down }, { list: throttled }, { list: down }],
      { list: '1' },
    ]);
    expect(told).toEqual([...Array.from({ length: 4 }, () => 'unreachable'), 'listed 1']);
    expect(waits).toEqual([375, 750, 7000, 3000]);
  });

  it('does not ask again at once where each watch ends at once', async () => {
    const nothing: Step = { watch: [] };
    const { waits } = await play([{ list: '1' }, nothing, nothing, nothing]);
    expect(waits).toEqual([750, 1500]);
  });
});
