import { execFileSync } from 'node:child_process';
import { statfsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, type Hs2Session } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import {
  type ResultEngine,
  type ResultMaster,
  startResultEngine,
} from '../../support/result-engine.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { heldByExecutors } from './spooled-bytes.ts';

const sizeBytes = 64 << 20;
const waitMs = 60_000;

/** A disk of 64 MiB; for a tester who may not mount one, that much of the disk that there is. */
interface SmallDisk {
  readonly dir: string;
  readonly reserve: string;
  readonly remove: () => void;
}

function smallDisk(): SmallDisk {
  const dir = makeTempDir('small-disk');
  if (process.getuid?.() !== 0) {
    return { dir, reserve: `${freeBytes(dir) - sizeBytes}`, remove: () => removeTempDir(dir) };
  }
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', dir]);
  const remove = () => {
    execFileSync('umount', [dir]);
    removeTempDir(dir);
  };
  return { dir, reserve: '0', remove };
}

function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

/** The tests of a result that finds no room on the driver's disk. */
export function fullDiskOn(master: ResultMaster): void {
  afterAll(() => stopAllProcesses());

  describe(`the disk of a driver on ${master}`, () => {
    let disk: SmallDisk;
    let engine: ResultEngine;
    let session: Hs2Session;

    beforeAll(async () => {
      disk = smallDisk();
      engine = await startResultEngine(master, {
        'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
        'torii.engine.result.memory': '8m',
        'torii.engine.spool.dir': disk.dir,
        'torii.engine.spool.reserve': disk.reserve,
      });
      session = await (await connectHs2({ port: engine.port, user: 'disk' })).openSession();
      await session.run('select 1');
    }, 240_000);

    afterAll(async () => {
      try {
        await engine.stop();
      } finally {
        disk.remove();
      }
    }, 120_000);

    /** The driver's small disk has this much room again, and no executor holds rows for it. */
    async function everythingIsFree(bytes: number): Promise<void> {
      await expect
        .poll(() => freeBytes(disk.dir), { timeout: waitMs })
        .toBeGreaterThan(bytes - (4 << 20));
      await expect.poll(() => heldByExecutors(engine), { timeout: waitMs }).toBe(0);
    }

    it('a result that fills the disk fails alone, says why, and gives the disk back', async () => {
      const free = freeBytes(disk.dir);
      // 20 MB that stay while the disk fills up.
      const held = await session.execute("select id, repeat('y', 200) from range(100000)");
      await expect(
        session.run("select id, repeat('x', 200) from range(0, 2000000, 1, 4)"),
      ).rejects.toMatchObject({
        sqlState: '53100',
        message: expect.stringMatching(
          /does not fit on the driver's local disk: \d+ MiB .*torii\.engine\.spool\.dir/,
        ),
      });
      let rows = 0;
      for (let batch = -1; batch !== 0; rows += batch)
        batch = (await held.fetch(10_000)).results?.columns?.[0]?.i64Val?.values.length ?? 0;
      expect(rows).toBe(100_000);
      await held.close();
      // A smaller result finds room again, and then all of it is free.
      expect((await session.run("select repeat('z', 200) from range(100000)")).rows).toHaveLength(
        100_000,
      );
      await everythingIsFree(free);
    });

    it('with incremental collect, the rows before it come and the fetch says why no more do', async () => {
      const free = freeBytes(disk.dir);
      const incremental = { 'kyuubi.operation.incremental.collect': 'true' };
      const client = await connectHs2({ port: engine.port, user: 'disk' });
      const other = await client.openSession({ configuration: incremental });
      const operation = await other.execute("select repeat('x', 200) from range(0, 2000000, 1, 1)");
      await expect(operation.fetchAll(1)).rejects.toMatchObject({ sqlState: '53100' });
      await operation.close();
      expect((await other.run('select 2')).rows).toEqual([[2]]);
      await everythingIsFree(free);
      client.end();
    });
  });
}
