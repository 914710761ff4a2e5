import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PretendedEngines, propertiesOf } from '../pretended-engines.ts';
import type { PretendedRun } from './account.ts';
import { AwsStandIn } from './aws.ts';
import type { SeenCall } from './faults.ts';
import type { JobLife } from './job-life.ts';
import type { Rates } from './rate-limits.ts';
import { isRecord } from './shape-check.ts';
import { settingsOf } from './spark-request.ts';

/** A kind of cluster in EMR, in what tests of gateways have to know of it. */
export interface FleetKind {
  /** As it stands in a gateway's file. */
  readonly kind: string;
  /** The call that starts an engine. */
  readonly starts: string;
  /** The call that tells of all of them. */
  readonly lists: string;
  /** States in which a job gets ready, before the one in which it runs. */
  readonly before: string;
  /** Makes the place where the engines run; the cluster's own fields. */
  readonly make: (aws: AwsStandIn) => Readonly<Record<string, unknown>>;
  /** For whom such a call starts one. */
  readonly userOf: (input: SeenCall['input']) => string;
  /** All jobs of the place, by the tags of their launches. */
  readonly jobs: (
    aws: AwsStandIn,
  ) => readonly { readonly tag: string; readonly user: string; readonly life: JobLife }[];
}

export const serverlessFleet: FleetKind = {
  kind: 'emr-serverless',
  starts: 'emr-serverless:StartJobRun',
  lists: 'emr-serverless:ListJobRuns',
  before: 'SCHEDULED',
  make: (aws) => ({
    applications: [aws.serverless.addApplication().id],
    secretsKmsKey: 'alias/torii',
    logs: { cloudWatch: {} },
  }),
  userOf: ({ tags }) => (isRecord(tags) ? String(tags['torii:user']) : ''),
  jobs: (aws) =>
    [...aws.serverless.runs.values()].map(({ input, tags, life }) => ({
      tag: String(input['clientToken']),
      user: tags['torii:user'] ?? '',
      life,
    })),
};

export interface AwsFleetOptions {
  readonly kind: FleetKind;
  readonly zooKeeper: string;
  /** How long a job takes until its engine registers. */
  readonly startMs: number;
  readonly rates?: Rates;
  /** Further fields of the cluster. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

/** EMR that runs nothing, where yet every job of an engine becomes one, with the file that makes it a gateway's cluster. */
export class AwsFleet {
  readonly aws: AwsStandIn;
  readonly engines: PretendedEngines;
  /** For `torii.clusters.path`: all sessions go to this cluster. */
  readonly clustersFile: string;
  readonly #kind: FleetKind;

  static async start(options: AwsFleetOptions): Promise<AwsFleet> {
    const { kind, zooKeeper, startMs, rates } = options;
    const ready = Promise.withResolvers<AwsFleet>();
    const aws = await AwsStandIn.start({
      plan: { times: { [kind.before]: startMs } },
      onPretended: (run) => void ready.promise.then((fleet) => fleet.#register(run)),
      ...(rates === undefined ? {} : { rates }),
    });
    const engines = await PretendedEngines.start({ zooKeeper });
    const fleet = new AwsFleet(aws, engines, options);
    ready.resolve(fleet);
    return fleet;
  }

  private constructor(aws: AwsStandIn, engines: PretendedEngines, options: AwsFleetOptions) {
    this.aws = aws;
    this.engines = engines;
    this.#kind = options.kind;
    this.clustersFile = join(aws.dir, 'clusters.yaml');
    const cluster = {
      kind: options.kind.kind,
      region: aws.region,
      endpoint: aws.endpoint,
      engineJar: 's3://jars/torii-spark-engine.jar',
      executionRole: aws.role,
      ...options.kind.make(aws),
      ...options.cluster,
    };
    const file = { clusters: { lab: cluster }, routes: [{ use: { cluster: 'lab' } }] };
    writeFileSync(this.clustersFile, JSON.stringify(file));
  }

  /** What a gateway's environment has, for keys without an end. */
  get environment(): Readonly<Record<string, string>> {
    const { accessKeyId, secretAccessKey } = this.aws.keys;
    return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  }

  /** Jobs that have not ended and are not told to. */
  alive(): readonly { readonly tag: string; readonly user: string }[] {
    return this.#kind.jobs(this.aws).filter(({ life }) => !life.hasEnded && !life.isCancelling);
  }

  /** What was asked of the services, e.g. `emr-serverless:StartJobRun`, with how often. */
  requests(): Record<string, number> {
    return countCalls(this.aws.faults.calls);
  }

  async stop(): Promise<void> {
    await this.engines.stop();
    await this.aws.stop();
  }

  /** A job that is no engine's is left alone. */
  async #register({ id, life, request }: PretendedRun): Promise<void> {
    const job = this.#kind.jobs(this.aws).find((each) => each.life === life);
    if (job === undefined) throw new Error(`${id} is no job of ${this.#kind.kind}`);
    await this.engines.register({
      tag: job.tag,
      settings: () => this.#settingsOf(request()),
      end: (why) => life.fail(why),
    });
  }

  /** With those that stand in a secret of Secrets Manager by themselves. */
  #settingsOf(request: ReturnType<PretendedRun['request']>): ReadonlyMap<string, string> {
    const settings = new Map(Object.entries(settingsOf(request)));
    const secret = settings.get('spark.torii.engine.secrets.manager');
    if (secret === undefined) return settings;
    const stored = [...this.aws.secrets.secrets].find(
      ([name, { arn }]) => name === secret || arn === secret,
    );
    if (stored === undefined) throw new Error(`there is no secret ${secret}`);
    return new Map([...settings, ...propertiesOf(stored[1].value)]);
  }
}

function countCalls(calls: readonly SeenCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { service, operation } of calls) {
    const name = `${service}:${operation}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
