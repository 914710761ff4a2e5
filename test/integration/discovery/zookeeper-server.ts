import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { eventually } from '../../unit/discovery/discovery-contract.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { type StartedProcess, startProcess } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const needed = /^(zookeeper|slf4j-api|log4j|netty|snappy|metrics-core|commons-(cli|lang|io))/;
const tickMs = 300; // sessions of 600 to 6000 ms

/** The part of Spark's jars that a ZooKeeper, or a Curator with `also`, starts with. */
export function zooKeeperClassPath(also?: RegExp): string {
  const jars = join(sparkHome(), 'jars');
  return readdirSync(jars)
    .filter((name) => needed.test(name) || also?.test(name) === true)
    .map((name) => join(jars, name))
    .join(delimiter);
}

/** A real ZooKeeper that can be held, killed and started again on its data. */
export class ZooKeeperServer {
  readonly port: number;
  readonly #dir = makeTempDir('zookeeper');
  #process: StartedProcess | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<ZooKeeperServer> {
    const server = new ZooKeeperServer(await freePort());
    server.resume();
    return server;
  }

  get addresses(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it where it is not running, and lets it go on where it is held. */
  resume(): void {
    if (this.#process !== undefined) {
      this.#process.signal('SIGCONT');
      return;
    }
    this.#process = startProcess('java', [
      ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx128m'],
      ...['-Dzookeeper.admin.enableServer=false', '-Dzookeeper.forceSync=no'],
      '-Dzookeeper.jmx.log4j.disable=true',
      ...['-cp', zooKeeperClassPath(), 'org.apache.zookeeper.server.ZooKeeperServerMain'],
      ...[String(this.port), this.#dir, String(tickMs)],
    ]);
  }

  /** Stands still from now on, with its connections open; each of its threads, which takes a while. */
  async hold(): Promise<void> {
    const pid = this.#process?.pid ?? 0;
    this.#process?.signal('SIGSTOP');
    const isStill = (task: string): boolean =>
      /\) [TtZX] /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
    await eventually(() => readdirSync(`/proc/${pid}/task`).every(isStill));
  }

  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL');
    await this.#process?.exited;
    this.#process = undefined;
  }

  /** As if its disk had been lost. */
  async killAndForget(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true });
    mkdirSync(this.#dir);
  }

  async stop(): Promise<void> {
    await this.kill();
    removeTempDir(this.#dir);
  }
}
