import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PretendedEngines, propertiesOf } from '../pretended-engines.ts';
import type { PretendedRun } from './account.ts';
import { AwsStandIn } from './aws.ts';
import type { SeenCall } from './faults.ts';
import type { FleetKind, FleetPlace } from './fleet-kinds.ts';
import type { Rates } from './rate-limits.ts';
import { settingsOf } from './spark-request.ts';

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
  readonly #place: FleetPlace;

  static async start(options: AwsFleetOptions): Promise<AwsFleet> {
    const { kind, zooKeeper, startMs, rates } = options;
    const ready = Promise.withResolvers<AwsFleet>();
    const aws = await AwsStandIn.start({
      plan: { times: { [kind.before]: startMs } },
      onPretended: (run) => void ready.promise.then((fleet) => fleet.#register(run)),
      ...(rates === undefined ? {} : { rates }),
    });
    const engines = await PretendedEngines.start({ zooKeeper });
    const fleet = new AwsFleet(aws, engines, options, await kind.make(aws));
    ready.resolve(fleet);
    return fleet;
  }

  private constructor(
    aws: AwsStandIn,
    engines: PretendedEngines,
    options: AwsFleetOptions,
    place: FleetPlace,
  ) {
    this.aws = aws;
    this.engines = engines;
    this.#place = place;
    this.clustersFile = join(aws.dir, 'clusters.yaml');
    const cluster = {
      kind: options.kind.kind,
      region: aws.region,
      endpoint: aws.endpoint,
      engineJar: 's3://jars/torii-spark-engine.jar',
      executionRole: aws.role,
      ...place.cluster,
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
    return this.#place.jobs().filter(({ life }) => !life.hasEnded && !life.isCancelling);
  }

  /** What was asked of the services, e.g. `emr-serverless:StartJobRun`, with how often. */
  requests(): Record<string, number> {
    return countCalls(this.aws.faults.calls);
  }

  async stop(): Promise<void> {
    await this.engines.stop();
    await this.#place.stop?.();
    await this.aws.stop();
  }

  /** A job that is no engine's is left alone. */
  async #register({ id, request }: PretendedRun): Promise<void> {
    const job = this.#place.jobs().find((each) => each.id === id);
    if (job === undefined) throw new Error(`${id} is no job of the place`);
    await this.engines.register({
      tag: job.tag,
      settings: () => this.#settingsOf(request()),
      end: (why) => job.life.fail(why),
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
