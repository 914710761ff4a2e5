import { connectHs2, type Hs2Client, type Hs2Result } from '../../support/hs2-client.ts';
import {
  type SparkThriftServer,
  startSparkThriftServer,
} from '../../support/spark-thrift-server.ts';
import type { Statement } from './statement.ts';

/** Spark Thrift Server's answers, each asked for once: several engines are compared with it. */
export class Oracle {
  readonly client: Hs2Client;
  readonly #server: SparkThriftServer;
  readonly #answers = new Map<string, Promise<Hs2Result>>();

  private constructor(server: SparkThriftServer, client: Hs2Client) {
    this.#server = server;
    this.client = client;
  }

  static async start(conf: Readonly<Record<string, string>>): Promise<Oracle> {
    const server = await startSparkThriftServer({ conf });
    const client = await connectHs2({ port: server.port, user: 'results', allowsNoColumns: true });
    return new Oracle(server, client);
  }

  answer(statement: Statement): Promise<Hs2Result> {
    const key = JSON.stringify(statement);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#ask(statement);
    this.#answers.set(key, answer);
    return answer;
  }

  async stop(): Promise<void> {
    this.client.end();
    await this.#server.stop();
  }

  async #ask({ text, settings, protocol }: Statement): Promise<Hs2Result> {
    const session = await this.client.openSession(protocol === undefined ? {} : { protocol });
    for (const setting of settings) await session.run(setting);
    const result = await session.run(text);
    await session.close();
    return result;
  }
}
