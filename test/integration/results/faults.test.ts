import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, type Hs2Client, type Hs2Session } from '../../support/hs2-client.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import {
  type ResultEngine,
  type ResultMaster,
  resultMasters,
  startResultEngine,
} from '../../support/result-engine.ts';
import {
  bytesOfFiles,
  driverOf,
  driversOf,
  executorsOf,
  heldByExecutors,
  spooledBytes,
} from './spooled-bytes.ts';

const conf = {
  'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1',
  'torii.engine.result.memory': '8m', // so that the disk is soon needed
};
/** Tasks on both cores, whose rows come for many minutes. */
const endless = "select id, repeat('x', 200) from range(0, 1000000000, 1, 2)";
/** 200 MB, more than one task's result may hold, in two partitions. */
const large = "select id, repeat('x', 200) from range(0, 1000000, 1, 2)";
/** What can be lost beside the driver. */
const executors: Readonly<Record<ResultMaster, readonly string[]>> = {
  local: [],
  yarn: ['its executors'],
};
const MB = 1_000_000;
const waitMs = 60_000;

afterAll(() => stopAllProcesses());

describe.each(resultMasters)('a result on %s', (master) => {
  let engine: ResultEngine;
  let client: Hs2Client;
  let session: Hs2Session;

  beforeAll(async () => {
    engine = await startResultEngine(master, conf);
    client = await connectHs2({ port: engine.port, user: 'faults' });
    session = await client.openSession();
    await session.run('select 1');
  }, 240_000);

  afterAll(async () => {
    client.end();
    await engine.stop();
  }, 120_000);

  /** Bytes on any disk. */
  const onDisk = () => spooledBytes(driverOf(engine)) + heldByExecutors(engine);

  /** No job holds the two cores, no disk holds rows, and the session goes on. */
  async function nothingIsLeft(on: Hs2Session = session): Promise<void> {
    const sum = 'select sum(id) from range(0, 1000, 1, 2)';
    expect((await on.run(sum)).rows).toEqual([[499_500n]]);
    await expect.poll(onDisk, { timeout: waitMs }).toBe(0);
  }

  it('cancelled while tasks encode: the job ends, the disk is free', async () => {
    const operation = await session.execute(endless, { async: true });
    await expect.poll(onDisk, { timeout: waitMs }).toBeGreaterThan(20 * MB);
    await operation.cancel();
    expect(await operation.finish()).toBe('CANCELED_STATE');
    await nothingIsLeft();
    await operation.close();
  });

  it('cancelled while the driver spools: the disk is free', async () => {
    const operation = await session.execute(
      "select id, repeat('x', 200) from range(0, 6000000, 1, 6)",
      { async: true },
    );
    const driver = driverOf(engine);
    await expect
      .poll(() => spooledBytes(driver), { timeout: waitMs, interval: 5 })
      .toBeGreaterThan(0);
    await operation.cancel();
    expect(await operation.finish()).toBe('CANCELED_STATE');
    await nothingIsLeft();
  });

  it('cancelled while it is fetched: no more rows, the disk is free', async () => {
    const operation = await session.execute(large);
    expect(spooledBytes(driverOf(engine))).toBeGreaterThan(150 * MB);
    await operation.fetch(100_000);
    await operation.cancel();
    await expect(operation.fetch(100_000)).rejects.toMatchObject({
      sqlState: 'HY008',
      message: expect.stringContaining('cancelled'),
    });
    await nothingIsLeft();
    expect((await operation.status()).operationState).toBe(3);
    await operation.close();
  });

  it('cancelled after its last row: it stays finished', async () => {
    const operation = await session.execute('select 1');
    await operation.fetchAll(1);
    await operation.cancel();
    expect(await operation.finish()).toBe('FINISHED_STATE');
    await operation.close();
  });

  it('closed, with its session, or left by its client while tasks encode: the disk is free', async () => {
    const [first, second] = [await client.openSession(), await client.openSession()];
    const closed = await first.execute(endless, { async: true });
    await expect.poll(onDisk, { timeout: waitMs }).toBeGreaterThan(20 * MB);
    await closed.close();
    await nothingIsLeft(first);
    await second.execute(endless, { async: true });
    await expect.poll(onDisk, { timeout: waitMs }).toBeGreaterThan(20 * MB);
    await second.close();
    await nothingIsLeft();
    const leaving = await connectHs2({ port: engine.port, user: 'faults' });
    await (await leaving.openSession()).execute(endless, { async: true });
    await expect.poll(onDisk, { timeout: waitMs }).toBeGreaterThan(20 * MB);
    leaving.end();
    await nothingIsLeft();
    await first.close();
  });

  it('with incremental collect: the first rows come long before the last, and a cancel ends the rest', async () => {
    const incremental = await client.openSession({
      configuration: { 'kyuubi.operation.incremental.collect': 'true' },
    });
    // 40 GB in 1000 partitions, of which few can have run when the first rows are there.
    const operation = await incremental.execute(
      "select id, repeat('x', 200) from range(0, 200000000, 1, 1000)",
    );
    const { results } = await operation.fetch(10);
    expect(results?.columns?.[0]?.i64Val?.values).toHaveLength(10);
    expect((await operation.status()).operationState).toBe(2);
    expect(onDisk()).toBeLessThan(1000 * MB);
    await operation.cancel();
    await expect(operation.fetch(10)).rejects.toMatchObject({ sqlState: 'HY008' });
    await nothingIsLeft();
    await incremental.close();
  });

  it('is read again from its start after a reply was lost', async () => {
    const other = await connectHs2({ port: engine.port, user: 'faults' });
    const operation = await session.execute(large);
    const lost = operation.over(other).fetch(30_000);
    lost.catch(() => {});
    other.connection.end(); // before the reply is read
    const first = await operation.fetch(10, 4);
    expect(first.results?.columns?.[0]?.i64Val?.values).toHaveLength(10);
    expect(Number(first.results?.columns?.[0]?.i64Val?.values[9])).toBe(9);
    await operation.close();
    await nothingIsLeft();
  });

  it('of an engine that is killed: its files do not stay', async () => {
    const killed = await connectHs2({ port: engine.port, user: 'killed' });
    const doomed = await killed.openSession({
      configuration: { 'kyuubi.engine.share.level': 'CONNECTION' },
    });
    await doomed.run('select 1');
    const driver = driversOf(engine).at(-1) ?? 0;
    expect(driver).not.toBe(driverOf(engine));
    await doomed.execute(large, { async: true });
    await expect.poll(() => spooledBytes(driver), { timeout: waitMs }).toBeGreaterThan(50 * MB);
    process.kill(driver, 'SIGKILL');
    await expect.poll(() => driversOf(engine).includes(driver), { timeout: waitMs }).toBe(false);
    expect(bytesOfFiles(engine.dir, /torii-result-/)).toBe(0);
    await expect.poll(() => heldByExecutors(engine), { timeout: waitMs }).toBe(0);
    killed.end();
  }, 180_000);

  it.each(executors[master])(
    'survives the loss of %s before their rows have come',
    async () => {
      const operation = await session.execute(
        'select id, repeat(string(id % 10), 100) from range(0, 4000000, 1, 4)',
        { async: true },
      );
      await expect
        .poll(() => heldByExecutors(engine), { timeout: waitMs, interval: 5 })
        .toBeGreaterThan(50 * MB);
      for (const pid of executorsOf(engine)) process.kill(pid, 'SIGKILL');
      expect(await operation.finish(180_000)).toBe('FINISHED_STATE');
      let sum = 0;
      for (let rows = -1; rows !== 0;) {
        const { results } = await operation.fetch(100_000);
        const ids = results?.columns?.[0]?.i64Val?.values ?? [];
        rows = ids.length;
        for (const id of ids) sum += Number(id);
      }
      expect(sum).toBe((4_000_000 * 3_999_999) / 2);
      await operation.close();
      // What the dead executors held is YARN's to remove, with the application.
      await expect.poll(() => spooledBytes(driverOf(engine)), { timeout: waitMs }).toBe(0);
    },
    240_000,
  );
});
