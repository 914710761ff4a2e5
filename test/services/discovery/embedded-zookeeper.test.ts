import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import {
  EmbeddedZooKeeper,
  type EmbeddedZooKeeperStart,
} from '../../../src/discovery/zookeeper/embedded-zookeeper.ts';
import { processesNaming, startProcess, stopAllProcesses } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { eventually, never } from '../../unit/discovery/discovery-contract.ts';
import { silentLog, zooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { freePort } from '../../support/free-port.ts';
import { zooKeeperClassPath } from '../../support/zookeeper-server.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const engineJar =
  process.env['TORII_ENGINE_JAR'] ?? join(root, 'spark-engine', 'target', 'torii-spark-engine.jar');
const classPath = [engineJar, zooKeeperClassPath()];
const dirs: string[] = [];
const started: EmbeddedZooKeeper[] = [];

function prepared(changes: Partial<EmbeddedZooKeeperStart> = {}): EmbeddedZooKeeperStart {
  const dataDir = changes.dataDir ?? makeTempDir('embedded');
  dirs.push(dataDir);
  const base = { javaCommand: 'java', classPath, host: '127.0.0.1', port: 0, signal: never };
  return { ...base, dataDir, ...changes };
}

function embedded(): EmbeddedZooKeeper {
  const environment = { ...process.env, TORII_SECRET: 'x' };
  const made = new EmbeddedZooKeeper({ environment, clock: systemClock, log: silentLog });
  started.push(made);
  return made;
}

afterEach(async () => {
  for (const each of started.splice(0)) await each.stop(5_000);
  await stopAllProcesses();
  for (const dir of dirs.splice(0)) removeTempDir(dir);
});

test('it serves, keeps its data over a restart and leaves nothing running', async () => {
  const start = prepared();
  const first = embedded();
  const { port } = await first.start(start);
  const [running] = processesNaming(start.dataDir);
  expect(running?.commandLine).toContain('EmbeddedZooKeeper');
  expect(processesNaming('TORII_SECRET')).toEqual([]);
  const before = await zooKeeperHarness(`127.0.0.1:${port}`);
  expect(await (await before.newDiscovery()).nextCount('/counter')).toBe(0);
  await before.stop();
  await expect(embedded().start(prepared({ dataDir: start.dataDir }))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(start.dataDir) as string,
  });
  await first.stop(10_000);
  expect(await first.exited).toMatchObject({ isExpected: true });
  expect(processesNaming(start.dataDir)).toEqual([]);

  const second = embedded();
  const again = await second.start(start);
  const after = await zooKeeperHarness(`127.0.0.1:${again.port}`);
  expect(await (await after.newDiscovery()).nextCount('/counter')).toBe(1);
  await after.stop();
});

test('its end by itself is told, and its folder is free', async () => {
  const start = prepared();
  const zooKeeper = embedded();
  await zooKeeper.start(start);
  const [running] = processesNaming(start.dataDir);
  process.kill(running?.pid ?? 0, 'SIGKILL');
  expect(await zooKeeper.exited).toMatchObject({ isExpected: false, signal: 'SIGKILL' });
  expect(existsSync(join(start.dataDir, 'torii.lock'))).toBe(false);
});

test('a port that is taken is named', async () => {
  const port = await freePort();
  const taken = createServer().listen(port, '127.0.0.1');
  const zooKeeper = embedded();
  await expect(zooKeeper.start(prepared({ port }))).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining('kyuubi.zookeeper.embedded.client.port') as string,
  });
  taken.close();
});

test('a command that cannot be run and a folder left locked by the dead', async () => {
  const start = prepared({ javaCommand: '/no/such/java' });
  await expect(embedded().start(start)).rejects.toMatchObject({ code: 'DISCOVERY_UNAVAILABLE' });
  const holders = [{ pid: 2 ** 22 + 1, startedAt: '1' }];
  const { hostname } = await import('node:os');
  const lock = { id: 'x', host: hostname(), holders };
  writeFileSync(join(start.dataDir, 'torii.lock'), JSON.stringify(lock));
  const zooKeeper = embedded();
  await zooKeeper.start({ ...start, javaCommand: 'java' });
  await zooKeeper.stop(10_000);
});

test('it ends with a gateway that is killed, and the next one gets its folder', async () => {
  const start = prepared();
  const source = join(root, 'src', 'discovery', 'zookeeper', 'embedded-zookeeper.ts');
  const clock = join(root, 'src', 'core', 'clock.ts');
  const script = `
    import { EmbeddedZooKeeper } from ${JSON.stringify(source)};
    import { systemClock } from ${JSON.stringify(clock)};
    const log = { debug() {}, info() {}, warn() {} };
    const zooKeeper = new EmbeddedZooKeeper({ environment: process.env, clock: systemClock, log });
    const { signal } = new AbortController();
    await zooKeeper.start({ ...${JSON.stringify({ ...start, signal: undefined })}, signal });
    console.log('serving');`;
  const gateway = startProcess(process.execPath, ['--input-type=module', '-e', script]);
  await gateway.waitFor(/serving/, 30_000);
  gateway.signal('SIGKILL');
  await gateway.exited;
  const zooKeeper = embedded();
  await zooKeeper.start(start);
  await eventually(() => processesNaming(start.dataDir).length === 1);
  await zooKeeper.stop(10_000);
});
