import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { freePort } from './free-port.ts';
import { eventually } from '../unit/discovery/discovery-contract.ts';
import { sparkHome } from './spark-homes.ts';
import { type StartedProcess, startProcess } from './processes.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

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

/** What a ZooKeeper with TLS is started with; looked at at each start. */
export interface ServerStores {
  /** PEM file with certificate and key. */
  readonly keystore: string;
  /** PEM file with who signs certificates of clients. */
  readonly truststore: string;
  readonly clientAuth: 'none' | 'need';
}

/** A real ZooKeeper that can be held, killed and started again on its data. */
export class ZooKeeperServer {
  readonly port: number;
  readonly #dir = makeTempDir('zookeeper');
  #process: StartedProcess | undefined;

  readonly #stores: ServerStores | undefined;

  private constructor(port: number, stores: ServerStores | undefined) {
    this.port = port;
    this.#stores = stores;
  }

  /** With `stores` it speaks TLS alone. Throws what it has said where it does not come up: its clients would wait for ever. */
  static async start(stores?: ServerStores): Promise<ZooKeeperServer> {
    const server = new ZooKeeperServer(await freePort(), stores);
    server.resume();
    const started = server.#process;
    await eventually(async () => started?.hasExited === true || (await answers(server.port)));
    if (started?.hasExited !== true) return server;
    throw new Error(`ZooKeeper did not start:\n${started.stderr.slice(-2000)}`);
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
      ...(this.#stores === undefined ? [] : tlsOptions(this.#stores)),
      ...['-cp', zooKeeperClassPath(), 'org.apache.zookeeper.server.ZooKeeperServerMain'],
      ...(this.#stores === undefined
        ? [String(this.port), this.#dir, String(tickMs)]
        : [this.#configuration()]),
    ]);
  }

  #configuration(): string {
    const file = join(this.#dir, 'zoo.cfg');
    const address = ['secureClientPortAddress=127.0.0.1', `secureClientPort=${this.port}`];
    writeFileSync(file, [`dataDir=${this.#dir}`, `tickTime=${tickMs}`, ...address, ''].join('\n'));
    return file;
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

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function tlsOptions({ keystore, truststore, clientAuth }: ServerStores): string[] {
  return [
    ['serverCnxnFactory', 'org.apache.zookeeper.server.NettyServerCnxnFactory'],
    ['ssl.keyStore.location', keystore],
    ['ssl.keyStore.type', 'PEM'],
    ['ssl.trustStore.location', truststore],
    ['ssl.trustStore.type', 'PEM'],
    ['ssl.clientAuth', clientAuth],
  ].map(([name, value]) => `-Dzookeeper.${name}=${value}`);
}
