import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Session } from '../../support/hs2-client.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { newSecret } from '../../support/secrets.ts';

let first: RunningGateway;

beforeAll(async () => {
  first = await startGateway({ home: sparkHome('4.1') });
});
afterAll(() => first.stop());

async function open(port: number, configuration: Record<string, string> = {}): Promise<Hs2Session> {
  return (await connectHs2({ port, user: 'alice', password: newSecret() })).openSession({
    configuration,
  });
}

it('the same jar runs on Spark 4.1, and a shared engine outlives the gateway that launched it', async () => {
  const second = await startGateway({
    home: sparkHome('4.1'),
    conf: {
      'kyuubi.ha.addresses': String(first.ready['zookeeper']),
      'torii.engine.security.secret.file': join(first.dir, 'work', 'master.secret'),
    },
  });
  const session = await open(second.port);
  expect(await session.info(18)).toMatch(/^4\.1\./);
  const described = await session.run(
    "select 1 as i, 'x' as s, array(1, null) as a, timestamp'2020-01-02 03:04:05.6' as t, 1.50 as d",
  );
  expect(described.rows).toEqual([[1, 'x', '[1,null]', '2020-01-02 03:04:05.6', '1.50']]);
  await expect(session.run('select no_such_column')).rejects.toMatchObject({ sqlState: '42703' });
  const [[, id] = []] = (await session.run('set spark.app.id')).rows;
  await session.close();

  const exit = await second.process.stop(60_000);
  expect(exit.code).toBe(0);
  const left = second.processes();
  expect(left.map(({ commandLine }) => commandLine.includes('EngineMain'))).toEqual([true]);

  const asked = { 'spark.executor.memory': '3g' };
  const other = await open(first.port, asked);
  expect((await other.run('set spark.app.id')).rows[0]?.[1]).toBe(id);
  for (const { pid } of left) process.kill(pid, 'SIGTERM');
  await expect.poll(() => second.processes(), { timeout: 30_000 }).toEqual([]);
});
