import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SessionProfiles } from '../../../src/config/session-profiles.ts';
import type { Clock } from '../../../src/core/clock.ts';

let confDir: string;
let nowMs = 0;
const clock: Clock = {
  now: () => nowMs,
  monotonicMs: () => nowMs,
  sleep: () => Promise.resolve(),
};

beforeEach(() => {
  confDir = mkdtempSync(join(tmpdir(), 'torii-profiles-'));
  nowMs = 0;
});

afterEach(() => {
  rmSync(confDir, { recursive: true });
});

const write = (name: string, text: string): void =>
  writeFileSync(join(confDir, `kyuubi-session-${name}.conf`), text);

test('later profiles are laid over earlier ones', async () => {
  write('a', 'spark.x=1\nspark.y=1');
  write('b', 'spark.y=2\nspark.kyuubi.z=3');
  const profiles = new SessionProfiles({ confDir, reloadMs: 1000 }, clock);
  expect(Object.fromEntries(await profiles.read(['a', 'b']))).toEqual({
    'spark.x': '1',
    'spark.y': '2',
    'kyuubi.z': '3',
  });
});

test('a file is read again when it has been remembered for long enough', async () => {
  const profiles = new SessionProfiles({ confDir, reloadMs: 1000 }, clock);
  const read = async (): Promise<string | undefined> => (await profiles.read(['a'])).get('spark.x');
  write('a', 'spark.x=1');
  expect(await read()).toBe('1');
  write('a', 'spark.x=2');
  nowMs = 999;
  expect(await read()).toBe('1');
  nowMs = 1000;
  expect(await read()).toBe('2');
});

test('a missing file is an error that tells no path and is not remembered', async () => {
  const profiles = new SessionProfiles({ confDir, reloadMs: 1000 }, clock);
  await expect(profiles.read(['a'])).rejects.toThrow(/^cannot read the session profile 'a'$/);
  write('a', 'spark.x=1');
  expect((await profiles.read(['a'])).size).toBe(1);
});

test.each(['../secret', '.hidden', 'a/b', '', 'a'.repeat(200)])(
  '%j is no name of a profile',
  async (name) => {
    const profiles = new SessionProfiles({ confDir, reloadMs: 1000 }, clock);
    await expect(profiles.read([name])).rejects.toThrow(/is not a session profile/);
  },
);
