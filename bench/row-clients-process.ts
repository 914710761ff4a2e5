import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { hiveJdbc, pythonClients } from '../scripts/test-clients.mjs';
import type { BenchContext } from './part.ts';

/** A result to run and read, and where. The password goes over standard input: nobody else on the machine sees it. */
export interface FetchOrder {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly statement: string;
  readonly fetchRows: number;
}

const fetchedSchema = z.object({
  rows: z.number(),
  keySum: z.number(),
  /** Over all values in their order; the same client makes the same of the same rows. */
  checksum: z.string(),
  nanoseconds: z.number(),
});
export type Fetched = z.infer<typeof fetchedSchema>;

/** A program that reads results with a client library, order after order. It ends with this process. */
export class RowClient {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #inOrderLines: (order: FetchOrder) => string;
  #stderr = '';

  constructor(
    name: string,
    command: readonly [string, ...string[]],
    env: NodeJS.ProcessEnv,
    inOrderLines: (order: FetchOrder) => string,
  ) {
    this.#name = name;
    this.#inOrderLines = inOrderLines;
    const [program, ...args] = command;
    this.#child = spawn(program, args, { env });
    this.#child.on('error', (error) => (this.#stderr = String(error)));
    this.#child.stdin.on('error', () => {}); // an order to a program that has ended: its silence tells
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4_000);
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async fetch(order: FetchOrder): Promise<Fetched> {
    this.#child.stdin.write(this.#inOrderLines(order));
    for (;;) {
      const line = await this.#lines.next();
      if (line.done) throw new Error(`${this.#name} ended:\n${this.#stderr}`);
      // What a library prints is passed over.
      if (line.value.startsWith('{')) return fetchedSchema.parse(JSON.parse(line.value));
    }
  }

  /** It ends by itself once it is told no more. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(timer);
  }
}

export async function startPyHive(): Promise<RowClient> {
  const env = {
    PATH: process.env['PATH'],
    PYTHONPATH: await pythonClients(),
    PYTHONWARNINGS: 'ignore',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  const program = join(import.meta.dirname, 'row-clients-pyhive.py');
  return new RowClient(
    'PyHive',
    ['python3', program],
    env,
    (order) => `${JSON.stringify(order)}\n`,
  );
}

export async function startHiveJdbc({ javaHome }: BenchContext): Promise<RowClient> {
  const program = join(import.meta.dirname, 'row-clients-jdbc.java');
  const classPath = (await hiveJdbc()).join(':');
  const command = [join(javaHome, 'bin', 'java'), '-Xmx512m', '-cp', classPath, program] as const;
  const env = { PATH: process.env['PATH'], LANG: 'C.UTF-8', TZ: 'UTC' };
  return new RowClient('Hive JDBC', command, env, (order) => {
    const statement = order.statement.replaceAll('\n', ' ');
    return `${[order.port, order.user, order.password, order.fetchRows, statement].join('\n')}\n`;
  });
}
