import { mkdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { yarnCluster } from '../../scripts/test-clients.mjs';
import { killAll, processesNaming, runProcess, startProcess } from './processes.ts';
import { sparkHome } from './spark-homes.ts';
import { sparkEnvironment } from './spark-thrift-server.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

/** A resource manager with two node managers, all real, whose containers are processes of this host. */
export interface YarnCluster {
  /** What a client's HADOOP_CONF_DIR has to name. */
  readonly confDir: string;
  /** All of the cluster's files, and a place for its clients' staging folders. */
  readonly dir: string;
  /** How many containers the resource manager has given out and not taken back, by its REST API. */
  readonly containers: () => Promise<number>;
  /** Ends the cluster; fails when it ended by itself, or when a container outlives it. */
  readonly stop: () => Promise<void>;
}

const nodes = 2;
/** Enough on each for an engine's application master and an executor of 512 MB, with their overheads. */
const nodeMemoryMb = 4096;
const source = fileURLToPath(new URL('./yarn/YarnCluster.java', import.meta.url));
const opened = ['java.lang', 'java.util', 'java.net', 'sun.nio.ch'];

export async function startYarnCluster(): Promise<YarnCluster> {
  const dir = makeTempDir('yarn');
  const home = sparkHome('3.5');
  const env = sparkEnvironment(home);
  const jars = [...(await yarnCluster()), join(home, 'jars', '*')];
  const classes = join(dir, 'classes');
  const confDir = join(dir, 'conf');
  for (const folder of [classes, confDir]) mkdirSync(folder);
  const javac = ['-proc:none', '-cp', jars.join(delimiter), '-d', classes, source];
  const compiled = await runProcess('javac', javac, { env });
  if (compiled.code !== 0) throw new Error(`javac: ${compiled.stdout}${compiled.stderr}`);
  const child = startProcess(
    'java',
    [
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m', `-Djava.io.tmpdir=${dir}`],
      ...opened.flatMap((name) => ['--add-opens', `java.base/${name}=ALL-UNNAMED`]),
      ...['-cp', [classes, ...jars].join(delimiter), 'YarnCluster'],
      ...['cluster', `${nodes}`, `${nodeMemoryMb}`, confDir],
    ],
    { cwd: dir, env, onParentDeath: 'TERM' }, // so that it can still end its containers
  );
  const stop = async () => {
    const endedByItself = child.hasExited;
    await child.stop(30_000);
    const left = await remaining(dir, 15_000);
    killAll(left);
    removeTempDir(dir);
    if (endedByItself) throw new Error(`YARN ended by itself:\n${child.stderr.slice(-4_000)}`);
    if (left.length > 0) {
      const lines = left.map(({ pid, commandLine }) => `${pid} ${commandLine.slice(0, 300)}`);
      throw new Error(`YARN left behind:\n${lines.join('\n')}`);
    }
  };
  try {
    const [, address] = await child.waitFor(/^ready (\S+)$/m, 120_000, 'stdout');
    const containers = async () => {
      const headers = { accept: 'application/json' };
      const reply = await fetch(`http://${address}/ws/v1/cluster/metrics`, { headers });
      const text = await reply.text();
      const allocated = /"containersAllocated":(\d+)/.exec(text)?.[1];
      if (allocated === undefined) throw new Error(`YARN answered ${reply.status}: ${text}`);
      return Number(allocated);
    };
    return { confDir, dir, containers, stop };
  } catch (cause) {
    await child.stop();
    killAll(processesNaming(dir));
    removeTempDir(dir);
    throw new Error(`YARN did not start:\n${child.stderr.slice(-4_000)}`, { cause });
  }
}

async function remaining(marker: string, limitMs: number) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = processesNaming(marker);
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(100);
  }
}
