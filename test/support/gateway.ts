import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GatewayWatch } from './gateway-secrets.ts';
import {
  killAll,
  processesNaming,
  type SeenProcess,
  type StartedProcess,
  startProcess,
} from './processes.ts';
import { sparkEnvironment } from './spark-thrift-server.ts';
import { linkSharedArchives } from './class-archives.ts';
import { sparkHome } from './spark-homes.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

export interface GatewayOptions {
  readonly home?: string;
  /** Settings beside (or instead of) those that make the gateway a stranger to every other one. */
  readonly conf?: Readonly<Record<string, string>>;
  /** What `torii serve` is given after its settings. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly limitMs?: number;
  /**
   * As an installation has it: engines use both of Java's compilers, and their class-data archive is made after the first of
   * them has started, which takes a processor for half a minute. Else engines are quick to start and soon spent, with the
   * first compiler alone and the archives of `class-archives.ts`.
   */
  readonly asInstalled?: boolean;
}

/** What the gateway's one line on standard output says. */
export interface ReadyLine {
  readonly event: 'ready';
  readonly thrift: string;
  readonly zookeeper?: string;
  readonly [key: string]: unknown;
}

/** A whole gateway with its embedded ZooKeeper and local engines, as `npm start` runs it. */
export interface RunningGateway {
  readonly port: number;
  readonly ready: ReadyLine;
  /** Work folder, warehouse and metastore: its path is in the command line of all that the gateway starts. */
  readonly dir: string;
  readonly process: StartedProcess;
  /** The processes that carry this gateway's folder in their command line or environment. */
  readonly processes: () => SeenProcess[];
  /** SIGTERM; fails when the gateway does not end well, or leaves a process behind. */
  readonly stop: () => Promise<void>;
}

/** Most of a test's time goes into code that runs once. */
const quickStart = { 'spark.driver.extraJavaOptions': '-XX:TieredStopAtLevel=1' };

const root = fileURLToPath(new URL('../../', import.meta.url));

export async function startGateway(options: GatewayOptions = {}): Promise<RunningGateway> {
  const dir = makeTempDir('gateway');
  const home = options.home ?? sparkHome();
  const temporary = join(dir, 'tmp');
  mkdirSync(temporary);
  // Elsewhere nobody knows the folder.
  const isAllHere = options.conf?.['torii.clusters.path'] === undefined;
  const conf: Record<string, string> = {
    'kyuubi.frontend.thrift.binary.bind.host': '127.0.0.1',
    'kyuubi.frontend.thrift.binary.bind.port': '0',
    'kyuubi.zookeeper.embedded.client.port': '0',
    'torii.work.dir': join(dir, 'work'),
    'spark.master': 'local[1]',
    'spark.ui.enabled': 'false',
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.sql.warehouse.dir': join(dir, 'warehouse'),
    'spark.local.dir': join(dir, 'local'),
    ...(isAllHere ? { 'spark.driver.defaultJavaOptions': `-Djava.io.tmpdir=${temporary}` } : {}),
    ...(options.asInstalled === true ? {} : quickStart),
    ...options.conf,
  };
  if (options.asInstalled !== true) linkSharedArchives(join(dir, 'work', 'cache'));
  const child = startProcess(
    join(root, 'node_modules', '.bin', 'node'),
    [
      join(root, 'src', 'main.ts'),
      'serve',
      ...Object.entries(conf).flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
      ...(options.args ?? []),
    ],
    {
      cwd: dir,
      env: { ...sparkEnvironment(home), ...options.env },
      onParentDeath: 'TERM', // so that it can still end its engines
    },
  );
  const auditFile = conf['torii.audit.file'];
  const watch = new GatewayWatch({
    dir,
    masterSecretFile:
      conf['torii.engine.security.secret.file'] ??
      join(conf['torii.work.dir'] ?? '', 'master.secret'),
    otherFiles: auditFile === undefined ? [] : [auditFile],
    output: () => `${child.stdout}\n${child.stderr}`,
  });
  const stop = async () => {
    watch.stopSampling();
    const exit = await child.stop(60_000);
    const left = await waitUntilNoneNames(dir, 15_000);
    killAll(left);
    if (left.length > 0) {
      const lines = left.map(({ pid, commandLine }) => `${pid} ${commandLine.slice(0, 300)}`);
      throw new Error(`the gateway left behind:\n${lines.join('\n')}`);
    }
    try {
      watch.finish();
    } finally {
      removeTempDir(dir);
    }
    if (exit.code !== 0) {
      const tail = child.stderr.slice(-4_000);
      throw new Error(`the gateway ended with ${JSON.stringify(exit)}:\n${tail}`);
    }
  };
  try {
    const [line] = await child.waitFor(/^\{.*\}$/m, options.limitMs ?? 60_000, 'stdout');
    const ready = JSON.parse(line) as ReadyLine; // checked below, as far as tests use it
    const port = Number(ready.thrift.split(':').at(-1));
    if (ready.event !== 'ready' || !Number.isInteger(port)) throw new Error(`not ready: ${line}`);
    return { port, ready, dir, process: child, processes: () => processesNaming(dir), stop };
  } catch (cause) {
    watch.stopSampling();
    await child.stop();
    killAll(processesNaming(dir));
    removeTempDir(dir);
    throw new Error(`the gateway did not start:\n${child.stderr.slice(-4_000)}`, { cause });
  }
}

async function waitUntilNoneNames(marker: string, limitMs: number): Promise<SeenProcess[]> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = processesNaming(marker);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(100);
  }
}
