import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogFile } from '../../../../src/launch/local/log-file.ts';

const dayMs = 86_400_000;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'torii-log-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function create(inUse: readonly string[] = []): Promise<string> {
  const { path, handle } = await createLogFile(dir, dayMs, Date.now(), new Set(inUse));
  await handle.close();
  return basename(path);
}

it('takes the next number', async () => {
  expect(await create()).toBe('kyuubi-spark-sql-engine.log.0');
  await writeFile(join(dir, 'kyuubi-spark-sql-engine.log.11'), '');
  await writeFile(join(dir, 'kyuubi-spark-sql-engine.log.x'), '');
  expect(await create()).toBe('kyuubi-spark-sql-engine.log.12');
});

it('never gives one file to two launches', async () => {
  const names = await Promise.all(Array.from({ length: 20 }, () => create()));
  expect(new Set(names).size).toBe(20);
});

it('uses the lowest one again that nobody has written to for long', async () => {
  for (const number of [0, 1, 2, 3]) {
    const path = join(dir, `kyuubi-spark-sql-engine.log.${number}`);
    await writeFile(path, 'old');
    if (number > 0) await utimes(path, 1, 1);
  }
  const busy = join(dir, 'kyuubi-spark-sql-engine.log.1');
  expect(await create([busy])).toBe('kyuubi-spark-sql-engine.log.2');
  expect(await readdir(dir)).toHaveLength(4);
});
