import { EMRServerlessClient, StartJobRunCommand } from '@aws-sdk/client-emr-serverless';
import { randomUUID } from 'node:crypto';
import { ClusterLauncher } from '../../../src/launch/cluster-launcher.ts';
import { enginePlan } from '../../../src/launch/emr-serverless/job-request.ts';
import { EmrServerlessPlatform } from '../../../src/launch/emr-serverless/emr-serverless-platform.ts';
import type { JobView } from '../../../src/launch/job-platform.ts';
import type { LaunchRequest, LaunchTag } from '../../../src/launch/launcher.ts';
import { ownMainClass } from '../../../src/launch/main-resource.ts';
import { RateBuckets } from '../../../src/launch/rate-bucket.ts';
import type { EmrServerlessSpec } from '../../../src/preset/cluster-spec.ts';
import { type AwsOptions, AwsStandIn } from '../../support/aws/aws.ts';
import type { ApplicationOptions } from '../../support/aws/emr-serverless-application.ts';
import { hastyClock, type HastyClock } from '../../support/hasty-clock.ts';
import { newLaunchRequest } from '../../support/launch-request.ts';
import { newSecret } from '../../support/secrets.ts';
import { job as requestedJob } from '../../unit/launch/emr-serverless/serverless-job.ts';
import { silentLog } from '../../support/zookeeper-harness.ts';

export const never = new AbortController().signal;

/** Who looks at the same applications: a launcher with all that it was told. */
export interface Desk {
  readonly launcher: ClusterLauncher;
  readonly platform: EmrServerlessPlatform;
  /** Jobs that ended while it looked on. */
  readonly ended: JobView[];
  stop(): Promise<void>;
}

export interface LabOptions extends AwsOptions {
  readonly applications?: readonly ApplicationOptions[];
  /** How many seconds pass in one for the launcher. */
  readonly haste?: number;
}

/** EMR Serverless, and launchers that work with it by the SDK's own clients. */
export class ServerlessLab {
  readonly aws: AwsStandIn;
  readonly applications: readonly string[];
  readonly fleet = randomUUID().replaceAll('-', '').slice(0, 12);
  readonly engineKey = newSecret();
  readonly clock: HastyClock;
  readonly #desks: Desk[] = [];
  readonly #environment = { ...process.env };

  private constructor(aws: AwsStandIn, applications: readonly string[], clock: HastyClock) {
    this.aws = aws;
    this.applications = applications;
    this.clock = clock;
    this.useKeys(aws.keys);
  }

  static async start({ applications = [{}], haste = 20, ...options }: LabOptions = {}) {
    const aws = await AwsStandIn.start(options);
    const ids = applications.map((each) => aws.serverless.addApplication(each).id);
    return new ServerlessLab(aws, ids, hastyClock(haste));
  }

  /** The SDK's default chain finds them in the environment. */
  useKeys({ accessKeyId, secretAccessKey, sessionToken }: AwsStandIn['keys']): void {
    process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
    if (sessionToken === undefined) delete process.env['AWS_SESSION_TOKEN'];
    else process.env['AWS_SESSION_TOKEN'] = sessionToken;
  }

  spec(more: Partial<EmrServerlessSpec> = {}): EmrServerlessSpec {
    return {
      kind: 'emr-serverless',
      name: 'serverless',
      zookeeper: undefined,
      environment: new Map(),
      limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
      superusers: new Set(),
      region: this.aws.region,
      endpoint: this.aws.endpoint,
      applications: this.applications,
      engineJar: 's3://jars/torii-spark-engine.jar',
      logs: {
        s3: undefined,
        cloudWatch: { group: undefined, streamPrefix: undefined },
        kmsKey: undefined,
      },
      managedLogs: true,
      secretsKmsKey: 'alias/torii',
      tags: new Map(),
      rates: new Map(),
      ...more,
    };
  }

  /** One that nobody has set to work. */
  platform(spec = this.spec()): EmrServerlessPlatform {
    const { clock, fleet } = this;
    return new EmrServerlessPlatform({
      ...{ spec, fleet, clock, secretKeys: /password/i },
      buckets: new RateBuckets(clock),
    });
  }

  desk(more: Partial<EmrServerlessSpec> = {}): Desk {
    const spec = this.spec(more);
    const { clock, fleet } = this;
    const platform = this.platform(spec);
    const ended: JobView[] = [];
    const launcher = new ClusterLauncher({
      ...{ cluster: spec.name, platform, fleet, clock, environment: spec.environment },
      limits: spec.limits,
      kindConf: new Map([['spark.master', 'emr-serverless']]),
      mainOf: () => ({ resource: spec.engineJar, mainClass: ownMainClass }),
      secretKeys: /password/i,
      onEnded: (job) => ended.push(job),
      log: silentLog,
    });
    launcher.start();
    const desk = { launcher, platform, ended, stop: () => launcher.stop() };
    this.#desks.push(desk);
    return desk;
  }

  /** A launch for alice, and what is said of it before there is a job. */
  request(
    conf: Readonly<Record<string, string>> = {},
    more: Partial<LaunchRequest> = {},
  ): LaunchRequest & { readonly said: string[] } {
    const said: string[] = [];
    const all = { 'spark.emr.execution.role': this.aws.role, ...conf };
    const request = newLaunchRequest({
      conf: new Map(Object.entries(all)),
      engineKey: this.engineKey,
      owner: { user: 'alice', group: 'analysts', session: 's-1', preset: 'bi' },
      say: (line) => said.push(line),
      ...more,
    });
    return { ...request, said };
  }

  /** Runs of this fleet that no launcher of this process has started. */
  async startRuns(count: number): Promise<void> {
    const client = new EMRServerlessClient(this.aws.clientOptions());
    const runs = Array.from({ length: count }, () => {
      const job = { ...requestedJob, tag: randomUUID(), fleet: this.fleet };
      const conf = new Map([['spark.emr.execution.role', this.aws.role]]);
      const { request } = enginePlan({ ...job, conf }, this.spec(), this.applications[0] ?? '');
      return client.send(new StartJobRunCommand(request));
    });
    await Promise.all(runs);
    client.destroy();
  }

  /** The runs of a launch, whatever became of them. */
  runsOf(tag: LaunchTag) {
    return [...this.aws.serverless.runs.values()].filter(
      ({ input }) => input['clientToken'] === tag,
    );
  }

  async stop(): Promise<void> {
    await Promise.all(this.#desks.map((desk) => desk.stop()));
    process.env = this.#environment;
    await this.aws.stop();
  }
}
