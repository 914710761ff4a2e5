import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { LaunchSlots } from '../../../src/launch/launch-slots.ts';

/** Sleeps end when the signal says so, or at once when the test wants the time to have passed. */
const clockAt = (isOver: boolean): Clock => ({
  ...systemClock,
  sleep: (_ms, signal) =>
    isOver
      ? Promise.resolve()
      : new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error));
        }),
});
const never = new AbortController().signal;

describe('the limit of launches', () => {
  it('serves those who wait in the order in which they came', async () => {
    const slots = new LaunchSlots(1, clockAt(false));
    const order: string[] = [];
    await slots.acquire('a', 1, never);
    const b = slots.acquire('b', 1, never).then(() => order.push('b'));
    const c = slots.acquire('c', 1, never).then(() => order.push('c'));
    slots.release('a');
    await b;
    expect(order).toEqual(['b']);
    slots.release('b');
    await c;
    expect(slots.held).toBe(1);
  });

  it('says that the gateway is busy when the time is over', async () => {
    const slots = new LaunchSlots(1, clockAt(true));
    await slots.acquire('a', 1, never);
    await expect(slots.acquire('b', 50, never)).rejects.toMatchObject({
      code: 'ENGINE_LAUNCH_BUSY',
      message: expect.stringContaining('kyuubi.server.limit.engine.startup = 1') as string,
    });
    slots.release('a');
    expect(slots.held).toBe(0);
  });

  it('forgets who has given up', async () => {
    const slots = new LaunchSlots(1, clockAt(false));
    await slots.acquire('a', 1, never);
    const leaving = new AbortController();
    const b = slots.acquire('b', 1, leaving.signal);
    leaving.abort(new Error('left'));
    await expect(b).rejects.toThrow('left');
    slots.release('a');
    expect(slots.held).toBe(0);
  });

  it('lets everybody through where there is none, and a second release does no harm', async () => {
    const slots = new LaunchSlots(undefined, clockAt(false));
    await slots.acquire('a', 1, never);
    await slots.acquire('b', 1, never);
    slots.release('a');
    slots.release('a');
    expect(slots.held).toBe(1);
  });
});
