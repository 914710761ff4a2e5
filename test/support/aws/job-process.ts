import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Account } from './account.ts';
import { DriverLog, type LogStream } from './driver-log.ts';
import type { JobLife, JobPlan } from './job-life.ts';
import { SparkProcess } from './spark-process.ts';
import type { SparkRequest } from './spark-request.ts';

export interface JobProcessOptions {
  readonly id: string;
  readonly account: Account;
  readonly plan: JobPlan;
  /** How the service tells that the driver has failed. */
  readonly failure: (exitCode: number, log: DriverLog) => string;
  /** The service's word for that. */
  readonly failureReason?: string;
  /** How long it has between TERM and KILL. */
  readonly graceMs?: number;
}

/** What runs for a job: a real driver, or nothing where jobs are only pretended. */
export class JobProcess {
  readonly log = new DriverLog();
  readonly #options: JobProcessOptions;
  #process: SparkProcess | undefined;

  constructor(options: JobProcessOptions) {
    this.#options = options;
  }

  start(
    life: JobLife,
    read: () => SparkRequest,
    more: { readonly env?: NodeJS.ProcessEnv; readonly hadoopConfDir?: string } = {},
  ): void {
    const { account, plan, id } = this.#options;
    if (!account.runs || plan.isPretended === true) {
      account.onPretended?.({ id, life, request: read });
      return;
    }
    let request: SparkRequest;
    try {
      request = read();
    } catch (error) {
      this.log.add('stderr', error instanceof Error ? error.message : String(error));
      life.fail(this.#options.failure(1, this.log), this.#options.failureReason);
      return;
    }
    const process = new SparkProcess({
      ...{ request, log: this.log, folder: join(account.dir, 'jobs', id), locate: account.locate },
      ...more,
    });
    this.#process = process;
    void process.exited.then((code) => {
      this.#process = undefined;
      if (life.isCancelling || life.hasEnded) return;
      if (code === 0) life.succeed();
      else life.fail(this.#options.failure(code, this.log), this.#options.failureReason);
    });
  }

  async stop(graceMs?: number): Promise<void> {
    await this.#process?.stop(graceMs ?? this.#options.graceMs ?? 10_000);
  }

  /** Waits until nothing of it is left. */
  async kill(): Promise<void> {
    const process = this.#process;
    process?.kill();
    await process?.exited;
  }

  /** Puts both streams where the job's monitoring configuration wants them. */
  publish(life: () => JobLife, places: LogPlaces): void {
    const { s3, logs, hasEarlyS3Logs } = this.#options.account;
    for (const stream of ['stdout', 'stderr'] as const) {
      if (places.s3 !== undefined)
        s3.putLive(places.s3(stream), () =>
          hasEarlyS3Logs || life().hasEnded ? gzipSync(this.log.text(stream)) : undefined,
        );
      if (places.cloudWatch !== undefined)
        logs.add(places.cloudWatch.group, places.cloudWatch.name(stream), this.log, stream);
    }
  }
}

/** Where a job's driver log goes. */
export interface LogPlaces {
  readonly s3?: (stream: LogStream) => string;
  readonly cloudWatch?: { readonly group: string; readonly name: (stream: LogStream) => string };
}

/** The last lines that tell of an exception, as the services quote them. */
export function lastExceptions(log: DriverLog, limit: number): string {
  return log
    .lines('stderr')
    .filter(({ text }) => /exception|error/i.test(text))
    .slice(-limit)
    .map(({ text }) => text.trim())
    .join(' ');
}
