import type { RunningGateway } from '../test/support/gateway.ts';
import { startBenchGateway } from './bench-gateway.ts';
import { connectOnceUp, firstAnswer } from './first-answer.ts';
import type { BenchContext, SharedServers } from './part.ts';
import { type StartingThriftServer, startThriftServer } from './thrift-server.ts';
import { UntilStopped } from './until-stopped.ts';

export const rowUser = 'bench';
/** Rows that a client asks for at a time. */
export const fetchRows = 10_000;

/** Of every side. */
export function rowHeap({ isQuick }: BenchContext): string {
  return isQuick ? '3g' : '8g';
}

/** Set for every side. The heap is there from the start, half of it for young objects: Spark Thrift Server collects less. */
export function rowSettings(context: BenchContext): Readonly<Record<string, string>> {
  const heap = rowHeap(context);
  const young = context.isQuick ? '1500m' : '4g';
  return {
    'spark.driver.memory': heap,
    'spark.driver.extraJavaOptions': `-Xms${heap} -Xmn${young}`,
    'spark.driver.maxResultSize': '0',
    'spark.sql.catalogImplementation': 'hive',
  };
}

const startLimitMs = 180_000;

/** The servers that rows are read from. */
export class RowServers implements SharedServers {
  readonly #started = new UntilStopped();
  readonly #gateways = new Map<number, Promise<RunningGateway>>();
  #peer: Promise<StartingThriftServer> | undefined;

  gateway(context: BenchContext, cores = 1): Promise<RunningGateway> {
    const gateway = this.#gateways.get(cores) ?? this.#startGateway(context, cores);
    this.#gateways.set(cores, gateway);
    return gateway;
  }

  thriftServer(context: BenchContext): Promise<StartingThriftServer> {
    this.#peer ??= this.#startThriftServer(context);
    return this.#peer;
  }

  async stopGateway(cores: number): Promise<void> {
    const started = this.#gateways.get(cores);
    this.#gateways.delete(cores);
    await started?.then(
      (gateway) => gateway.stop(),
      () => {},
    ); // one that never started has ended
  }

  async stop(): Promise<void> {
    for (const cores of this.#gateways.keys()) this.#started.add(() => this.stopGateway(cores));
    this.#peer = undefined;
    await this.#started[Symbol.asyncDispose]();
  }

  async #startGateway(context: BenchContext, cores: number): Promise<RunningGateway> {
    const conf = { ...rowSettings(context), 'spark.master': `local[${cores}]` };
    const gateway = await startBenchGateway(context, conf);
    try {
      await this.#warmUp(gateway.port);
      return gateway;
    } catch (failure) {
      await gateway.stop();
      throw failure;
    }
  }

  async #startThriftServer(context: BenchContext): Promise<StartingThriftServer> {
    const server = this.#started.stopped(await startThriftServer(context, rowSettings(context)));
    await this.#warmUp(server.port);
    return server;
  }

  async #warmUp(port: number): Promise<void> {
    const client = await connectOnceUp(port, rowUser, startLimitMs);
    const session = await firstAnswer(client);
    await session.close();
    client.end();
  }
}
