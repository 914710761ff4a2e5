import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { connectHs2 } from '../../support/hs2-client.ts';
import { processesNaming, startProcess } from '../../support/processes.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { sparkEnvironment } from '../../support/spark-thrift-server.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const dirs: string[] = [];

afterEach(() => {
  for (const dir of dirs.splice(0)) {
    for (const { pid } of processesNaming(dir)) process.kill(pid, 'SIGKILL');
    removeTempDir(dir);
  }
});

async function npmStart(): Promise<{
  readonly npm: ReturnType<typeof startProcess>;
  readonly dir: string;
  readonly port: number;
}> {
  const dir = makeTempDir('npm-start');
  dirs.push(dir);
  const conf = {
    'kyuubi.frontend.thrift.binary.bind.port': '0',
    'kyuubi.zookeeper.embedded.client.port': '0',
    'torii.work.dir': join(dir, 'work'),
    'spark.master': 'local[1]',
    'spark.ui.enabled': 'false',
  };
  const args = Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
  const npm = startProcess('npm', ['start', '--silent', '--', ...args], {
    cwd: root,
    env: { ...sparkEnvironment(sparkHome()) },
  });
  const [line] = await npm.waitFor(/^\{.*\}$/m, 120_000, 'stdout');
  const ready = JSON.parse(line) as { readonly event: string; readonly thrift: string };
  expect(ready.event).toBe('ready');
  return { npm, dir, port: Number(ready.thrift.split(':').at(-1)) };
}

it('npm start answers SQL, prints one line of JSON, and ends with all its children when npm is told to', async () => {
  const { npm, dir, port } = await npmStart();
  const client = await connectHs2({ port, user: 'alice', password: newSecret() });
  expect((await (await client.openSession()).run('select 1')).rows).toEqual([[1]]);
  expect(npm.stdout.trim().split('\n')).toHaveLength(1);
  const kinds = processesNaming(dir).map(({ commandLine }) => commandLine);
  expect(kinds.some((line) => line.includes('EmbeddedZooKeeper'))).toBe(true);
  expect(kinds.some((line) => line.includes('EngineMain'))).toBe(true);
  const exit = await npm.stop(60_000);
  await expect.poll(() => processesNaming(dir), { timeout: 5000 }).toEqual([]);
  expect(exit.signal === 'SIGTERM' || exit.code === 0 || exit.code === 143).toBe(true);
});

it('a gateway whose npm was killed with -9 ends by itself, and takes engines and ZooKeeper with it', async () => {
  const { npm, dir, port } = await npmStart();
  const client = await connectHs2({ port, user: 'alice', password: newSecret() });
  expect((await (await client.openSession()).run('select 1')).rows).toEqual([[1]]);
  process.kill(npm.pid, 'SIGKILL');
  await expect.poll(() => processesNaming(dir), { timeout: 60_000 }).toEqual([]);
});
