import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import { yarnCluster } from '../../scripts/test-clients.mjs';
import { freePort } from './free-port.ts';
import { killAll, processesNaming, startProcess, type StartedProcess } from './processes.ts';
import { sparkHome } from './spark-homes.ts';
import { sparkEnvironment } from './spark-thrift-server.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

/** A resource manager with two node managers, real ones and each a process of its own; their containers are processes, too. */
export interface YarnCluster {
  /** What a client's HADOOP_CONF_DIR has to name. */
  readonly confDir: string;
  /** All of the cluster's files, and a place for its clients' staging folders. */
  readonly dir: string;
  /** Web address of the resource manager. */
  readonly address: string;
  /** How many containers the resource manager has given out and not taken back, by its REST API. */
  readonly containers: () => Promise<number>;
  /** Ends the resource manager at once; node managers and containers stay. */
  readonly stopManager: () => Promise<void>;
  /** Starts it again with all applications that it knew, and waits until the node managers are back. */
  readonly startManager: () => Promise<void>;
  /** Ends the cluster; fails when a part of it ended by itself, or when a container outlives it. */
  readonly stop: () => Promise<void>;
}

const nodes = 2;
/** Enough on each for an engine's application master and an executor of 512 MB, with their overheads. */
const nodeMemoryMb = 4096;
const opened = ['java.lang', 'java.util', 'java.net', 'sun.nio.ch'];
const startLimitMs = 120_000;
const server = 'org.apache.hadoop.yarn.server';

export async function startYarnCluster(): Promise<YarnCluster> {
  const dir = makeTempDir('yarn');
  const confDir = join(dir, 'conf');
  const ownConfDir = join(dir, 'daemons');
  for (const folder of [confDir, ownConfDir]) mkdirSync(folder);
  const ports = await Promise.all(Array.from({ length: 5 }, freePort));
  const address = `http://127.0.0.1:${ports[4]}`;
  writeSite(join(confDir, 'core-site.xml'), coreSite(dir));
  writeSite(join(confDir, 'yarn-site.xml'), yarnSite(dir, ports));
  writeSite(join(ownConfDir, 'capacity-scheduler.xml'), queues);
  writeFileSync(join(ownConfDir, 'log4j.properties'), logging);

  const [jar = ''] = await yarnCluster();
  const classPath = [confDir, ownConfDir, join(dirname(jar), '*')].join(':');
  const start = (main: string, settings: Readonly<Record<string, string>> = {}): StartedProcess =>
    startProcess(
      'java',
      [
        ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', `-Djava.io.tmpdir=${dir}`],
        ...opened.flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`]),
        ...['-cp', classPath, `${server}.${main}`],
        ...Object.entries(settings).flatMap(([key, value]) => ['-D', `${key}=${value}`]),
      ],
      { cwd: dir, env: sparkEnvironment(sparkHome('3.5')), onParentDeath: 'TERM' }, // so that it can still end its containers
    );

  let manager = start('resourcemanager.ResourceManager');
  const nodeManagers = Array.from({ length: nodes }, (_, at) =>
    start('nodemanager.NodeManager', {
      'yarn.nodemanager.local-dirs': join(dir, `node-${at}`, 'local'),
      'yarn.nodemanager.log-dirs': join(dir, `node-${at}`, 'logs'),
    }),
  );
  const metric = async (name: string): Promise<number> => {
    const reply = await fetch(`${address}/ws/v1/cluster/metrics`);
    const text = await reply.text();
    const value = new RegExp(`"${name}":(\\d+)`).exec(text)?.[1];
    if (value === undefined) throw new Error(`YARN answered ${reply.status}: ${text}`);
    return Number(value);
  };
  const ready = async (): Promise<void> => {
    const deadline = Date.now() + startLimitMs;
    while ((await metric('activeNodes').catch(() => 0)) < nodes) {
      const ended = [manager, ...nodeManagers].find((each) => each.hasExited);
      if (ended !== undefined || Date.now() > deadline) {
        throw new Error(`YARN did not start:\n${(ended ?? manager).stdout.slice(-4_000)}`);
      }
      await sleep(100);
    }
  };
  const stop = async () => {
    const early = [manager, ...nodeManagers].filter((each) => each.hasExited);
    await Promise.all(nodeManagers.map((each) => each.stop(30_000)));
    await manager.stop(5_000);
    const left = await remaining(dir, 15_000);
    killAll(left);
    removeTempDir(dir);
    if (early.length > 0)
      throw new Error(`YARN ended by itself:\n${early[0]?.stdout.slice(-4_000)}`);
    if (left.length > 0) {
      const lines = left.map(({ pid, commandLine }) => `${pid} ${commandLine.slice(0, 300)}`);
      throw new Error(`YARN left behind:\n${lines.join('\n')}`);
    }
  };
  try {
    await ready();
  } catch (error) {
    await Promise.all([manager, ...nodeManagers].map((each) => each.stop()));
    killAll(processesNaming(dir));
    removeTempDir(dir);
    throw error;
  }
  return {
    confDir,
    dir,
    address,
    containers: () => metric('containersAllocated'),
    stopManager: async () => {
      manager.signal('SIGKILL');
      await manager.exited;
    },
    startManager: async () => {
      manager = start('resourcemanager.ResourceManager');
      await ready();
    },
    stop,
  };
}

function coreSite(dir: string): Readonly<Record<string, string>> {
  // Whoever runs the gateway may start engines for others, as on a cluster that was set up for it.
  const proxy = `hadoop.proxyuser.${userInfo().username}`;
  return {
    'fs.defaultFS': 'file:///',
    'hadoop.tmp.dir': join(dir, 'tmp'),
    [`${proxy}.hosts`]: '*',
    [`${proxy}.groups`]: '*',
  };
}

function yarnSite(dir: string, ports: readonly number[]): Readonly<Record<string, string>> {
  const at = (index: number) => `127.0.0.1:${ports[index]}`;
  const manager = 'yarn.resourcemanager';
  const node = 'yarn.nodemanager';
  return {
    [`${manager}.address`]: at(0),
    [`${manager}.scheduler.address`]: at(1),
    [`${manager}.resource-tracker.address`]: at(2),
    [`${manager}.admin.address`]: at(3),
    [`${manager}.webapp.address`]: at(4),
    [`${manager}.nodemanagers.heartbeat-interval-ms`]: '100',
    [`${manager}.recovery.enabled`]: 'true',
    [`${manager}.store.class`]: `${server}.resourcemanager.recovery.FileSystemRMStateStore`,
    [`${manager}.fs.state-store.uri`]: `file://${join(dir, 'state')}`,
    [`${manager}.connect.retry-interval.ms`]: '200',
    [`${node}.address`]: '127.0.0.1:0',
    [`${node}.localizer.address`]: '127.0.0.1:0',
    [`${node}.webapp.address`]: '127.0.0.1:0',
    [`${node}.resource.memory-mb`]: String(nodeMemoryMb),
    [`${node}.resource.cpu-vcores`]: '8',
    // What the processes map counts for nothing here, and a full disk of the tester's is no reason to run nothing.
    [`${node}.vmem-check-enabled`]: 'false',
    [`${node}.disk-health-checker.enable`]: 'false',
    'yarn.scheduler.minimum-allocation-mb': '256',
  };
}

/** One queue to work in, one that is full from the start, and one that is closed. */
const queues: Readonly<Record<string, string>> = {
  'yarn.scheduler.capacity.maximum-am-resource-percent': '1.0',
  'yarn.scheduler.capacity.root.queues': 'default,full,closed',
  'yarn.scheduler.capacity.root.default.capacity': '98',
  'yarn.scheduler.capacity.root.default.maximum-capacity': '100',
  'yarn.scheduler.capacity.root.default.user-limit-factor': '2',
  'yarn.scheduler.capacity.root.full.capacity': '1',
  'yarn.scheduler.capacity.root.full.maximum-applications': '0',
  'yarn.scheduler.capacity.root.closed.capacity': '1',
  'yarn.scheduler.capacity.root.closed.state': 'STOPPED',
};

const logging = `log4j.rootLogger=WARN,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.out
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %c{1}: %m%n
`;

function writeSite(path: string, settings: Readonly<Record<string, string>>): void {
  const properties = Object.entries(settings).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  );
  writeFileSync(path, `<configuration>\n${properties.join('\n')}\n</configuration>\n`);
}

async function remaining(marker: string, limitMs: number) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = processesNaming(marker);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(100);
  }
}
