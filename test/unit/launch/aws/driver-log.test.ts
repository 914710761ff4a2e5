import { expect, it } from 'vitest';
import { driverLog, type LogPlace } from '../../../../src/launch/aws/driver-log.ts';
import { hastyClock } from '../../../support/hasty-clock.ts';

const never = new AbortController().signal;

async function read(places: readonly LogPlace[], isOver: () => boolean): Promise<string[]> {
  const lines: string[] = [];
  const log = driverLog({ places, isOver, pollMs: 1000, clock: hastyClock(1000) }, never);
  for await (const line of log) lines.push(line);
  return lines;
}

function denied(): LogPlace & { asked: number } {
  return {
    asked: 0,
    more() {
      this.asked++;
      const error = new Error('not allowed: logs:GetLogEvents');
      return Promise.reject(Object.assign(error, { name: 'AccessDeniedException' }));
    },
  };
}

it('that nobody may read is told at once, and not asked for again while the engine starts', async () => {
  const places = [denied(), denied()];
  await expect(read(places, () => false)).rejects.toThrow('not allowed: logs:GetLogEvents');
  expect(places.map(({ asked }) => asked)).toEqual([1, 1]);
});

it('is read where it may be, and to its end', async () => {
  const closed = denied();
  let looks = 0;
  const place: LogPlace = { more: () => Promise.resolve([`line ${++looks}`]) };
  expect(await read([closed, place], () => looks >= 2)).toEqual(
    [1, 2, 3, 4, 5].map((line) => `line ${line}`),
  );
  expect(closed.asked).toBe(1);
});
