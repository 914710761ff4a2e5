import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { GatewayError } from '../../core/errors.ts';
import type { DiscoveryLog } from '../discovery-log.ts';
import { DataFolderLock } from './data-folder-lock.ts';
import { withinLimit } from '../../core/time-limit.ts';

export interface EmbeddedZooKeeperOptions {
  /** The gateway's own; only a few names of it reach the child. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: DiscoveryLog;
}

export interface EmbeddedZooKeeperStart {
  readonly javaCommand: string;
  /** The engine's jar and those of a Spark installation, which bring ZooKeeper. */
  readonly classPath: readonly string[];
  readonly host: string;
  /** 0 is any free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly signal: AbortSignal;
}

export interface EmbeddedZooKeeperExit {
  /** After `stop`, or while starting, which then fails. */
  readonly isExpected: boolean;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that it wrote. */
  readonly lastLines: readonly string[];
}

const environmentNames = ['PATH', 'HOME', 'LANG', 'JAVA_HOME'];
/** For a small server that has to be up soon, beside engines that want the memory. */
const jvmOptions = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const mainClass = 'io.torii.engine.zookeeper.EmbeddedZooKeeper';
const startLimitMs = 60_000;
const keptLines = 20;
const longestLine = 1_000;
const readySchema = z.object({ event: z.literal('ready'), port: z.number().int().positive() });

/** A ZooKeeper server in a process of its own, which ends with ours however that ends: it reads our pipe to its end. */
export class EmbeddedZooKeeper {
  readonly #options: EmbeddedZooKeeperOptions;
  readonly #exited = Promise.withResolvers<EmbeddedZooKeeperExit>();
  readonly #lines: string[] = [];
  #child: ChildProcess | undefined;
  #folder: DataFolderLock | undefined;
  #isServing = false;

  constructor(options: EmbeddedZooKeeperOptions) {
    this.#options = options;
  }

  /** Resolves when the process has ended, for whatever reason. */
  get exited(): Promise<EmbeddedZooKeeperExit> {
    return this.#exited.promise;
  }

  async start(start: EmbeddedZooKeeperStart): Promise<{ readonly port: number }> {
    const { clock, log } = this.#options;
    this.#folder = await DataFolderLock.take(start.dataDir, clock, start.signal);
    try {
      const child = this.#spawn(start);
      const port = await withinLimit(this.#ready(child, start), {
        clock,
        ms: startLimitMs,
        signal: start.signal,
        late: () => this.#failure(start, `it is not up after ${startLimitMs} ms`),
      });
      this.#isServing = true;
      log.info({ port, pid: child.pid, dataDir: start.dataDir }, 'embedded ZooKeeper started');
      return { port };
    } catch (failure) {
      await this.stop(0);
      throw failure;
    }
  }

  /** Ends it by its pipe, then by force once the deadline has passed. */
  async stop(deadlineMs: number): Promise<void> {
    this.#isServing = false;
    const child = this.#child;
    if (child?.pid === undefined) {
      this.#folder?.release();
      return;
    }
    child.stdin?.end();
    const late = (): Error => new Error('embedded ZooKeeper does not end');
    const limit = { clock: this.#options.clock, ms: deadlineMs, late };
    try {
      await withinLimit(this.exited, limit);
    } catch {
      child.kill('SIGKILL');
      await this.exited;
    }
  }

  #spawn({ javaCommand, classPath, host, port, dataDir }: EmbeddedZooKeeperStart): ChildProcess {
    const { environment } = this.#options;
    const kept = environmentNames.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    const args = ['-cp', classPath.join(delimiter), mainClass, host, String(port), dataDir];
    const child = spawn(javaCommand, [...jvmOptions, ...args], {
      env: Object.fromEntries(kept),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdin.on('error', () => {}); // it has ended, which `exit` tells
    if (child.pid !== undefined) this.#folder?.addHolder(child.pid);
    createInterface({ input: child.stderr }).on('line', (line) => this.#keepLine(line));
    child.on('error', (err) => {
      this.#keepLine(err.message);
      if (child.pid === undefined) this.#ended(null, null); // it never started
    });
    child.on('close', (code, signal) => this.#ended(code, signal));
    return child;
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    const exit = { isExpected: !this.#isServing, code, signal, lastLines: this.#lines };
    this.#folder?.release();
    if (this.#isServing) this.#options.log.warn(exit, 'embedded ZooKeeper ended by itself');
    this.#exited.resolve(exit);
  }

  async #ready(child: ChildProcess, start: EmbeddedZooKeeperStart): Promise<number> {
    if (child.stdout === null) throw new Error('the child has no output');
    const lines = createInterface({ input: child.stdout });
    const first = once(lines, 'line') as Promise<[string]>;
    const line = await Promise.race([first, this.exited]);
    if (!Array.isArray(line)) throw this.#failure(start, this.#lines.join('\n'));
    lines.on('line', (more) => this.#keepLine(more));
    try {
      return readySchema.parse(JSON.parse(line[0])).port;
    } catch (cause) {
      const text = `it said ${line[0].slice(0, longestLine)}`;
      throw new GatewayError('INTERNAL', `embedded ZooKeeper did not start: ${text}`, { cause });
    }
  }

  #failure({ host, port }: EmbeddedZooKeeperStart, why: string): GatewayError {
    const isTaken = why.includes('BindException');
    if (!isTaken) {
      return new GatewayError('DISCOVERY_UNAVAILABLE', `embedded ZooKeeper did not start: ${why}`);
    }
    return new GatewayError(
      'CONFIG_INVALID',
      `kyuubi.zookeeper.embedded.client.port: ${host}:${port} cannot be used: ${why}`,
      { hint: 'Another process may hold the port. 0 takes any free one.' },
    );
  }

  #keepLine(line: string): void {
    const text = line.slice(0, longestLine);
    this.#lines.push(text);
    if (this.#lines.length > keptLines) this.#lines.shift();
    this.#options.log.debug({ line: text }, 'embedded ZooKeeper says');
  }
}
