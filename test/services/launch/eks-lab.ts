import { EMRContainersClient, StartJobRunCommand } from '@aws-sdk/client-emr-containers';
import { randomUUID } from 'node:crypto';
import { ClusterLauncher } from '../../../src/launch/cluster-launcher.ts';
import { EmrEksPlatform } from '../../../src/launch/emr-eks/emr-eks-platform.ts';
import { enginePlan } from '../../../src/launch/emr-eks/job-request.ts';
import type { JobView } from '../../../src/launch/job-platform.ts';
import type { LaunchRequest, LaunchTag } from '../../../src/launch/launcher.ts';
import { ownMainClass } from '../../../src/launch/main-resource.ts';
import { RateBuckets } from '../../../src/launch/rate-bucket.ts';
import type { EmrEksSpec } from '../../../src/preset/cluster-spec.ts';
import { type AwsOptions, AwsStandIn } from '../../support/aws/aws.ts';
import type { ContainersRun } from '../../support/aws/emr-containers-run.ts';
import type { VirtualCluster, VirtualClusterOptions } from '../../support/aws/emr-containers.ts';
import { hastyClock, type HastyClock } from '../../support/hasty-clock.ts';
import { newLaunchRequest } from '../../support/launch-request.ts';
import { newSecret } from '../../support/secrets.ts';
import { job as requestedJob, specOf } from '../../unit/launch/emr-eks/eks-job.ts';
import { silentLog } from '../../support/zookeeper-harness.ts';

export const never = new AbortController().signal;

/** Who looks at the same virtual cluster: a launcher with all that it was told. */
export interface Desk {
  readonly launcher: ClusterLauncher;
  readonly platform: EmrEksPlatform;
  /** Jobs that ended while it looked on. */
  readonly ended: JobView[];
  stop(): Promise<void>;
}

export interface LabOptions extends AwsOptions {
  readonly cluster?: VirtualClusterOptions;
  /** How many seconds pass in one for the launcher. */
  readonly haste?: number;
}

/** EMR on EKS, and launchers that work with it by the SDK's own clients. */
export class EksLab {
  readonly aws: AwsStandIn;
  readonly cluster: VirtualCluster;
  readonly fleet = randomUUID().replaceAll('-', '').slice(0, 12);
  readonly engineKey = newSecret();
  readonly clock: HastyClock;
  readonly #desks: Desk[] = [];
  readonly #environment = { ...process.env };

  private constructor(aws: AwsStandIn, cluster: VirtualCluster, clock: HastyClock) {
    this.aws = aws;
    this.cluster = cluster;
    this.clock = clock;
    this.useKeys(aws.keys);
  }

  static async start({ cluster = {}, haste = 20, ...options }: LabOptions = {}) {
    const aws = await AwsStandIn.start(options);
    return new EksLab(aws, aws.containers.addVirtualCluster(cluster), hastyClock(haste));
  }

  /** The SDK's default chain finds them in the environment. */
  useKeys({ accessKeyId, secretAccessKey, sessionToken }: AwsStandIn['keys']): void {
    process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
    if (sessionToken === undefined) delete process.env['AWS_SESSION_TOKEN'];
    else process.env['AWS_SESSION_TOKEN'] = sessionToken;
  }

  spec(more: Partial<EmrEksSpec> = {}): EmrEksSpec {
    const { region, endpoint } = this.aws;
    return specOf({
      ...{ region, endpoint, virtualCluster: this.cluster.id },
      logs: {
        s3: undefined,
        cloudWatch: { group: '/torii/engines', streamPrefix: undefined },
        kmsKey: undefined,
      },
      ...more,
    });
  }

  /** One that nobody has set to work. */
  platform(spec = this.spec(), fleet = this.fleet): EmrEksPlatform {
    const { clock } = this;
    return new EmrEksPlatform({
      ...{ spec, fleet, clock, secretKeys: /password/i },
      buckets: new RateBuckets(clock),
    });
  }

  desk(more: Partial<EmrEksSpec> = {}): Desk {
    const spec = this.spec(more);
    const { clock, fleet } = this;
    const platform = this.platform(spec);
    const ended: JobView[] = [];
    const launcher = new ClusterLauncher({
      ...{ cluster: spec.name, platform, fleet, clock, environment: spec.environment },
      limits: spec.limits,
      kindConf: new Map([['spark.master', 'emr-eks']]),
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

  /** What is told of a launch from now on. */
  listen(launcher: ClusterLauncher, tag: LaunchTag): string[] {
    const lines: string[] = [];
    void (async () => {
      for await (const line of launcher.log(tag, 0, never)) lines.push(line);
    })();
    return lines;
  }

  /** Runs of this fleet that no launcher of this process has started. */
  async startRuns(count: number): Promise<void> {
    const client = new EMRContainersClient(this.aws.clientOptions());
    const runs = Array.from({ length: count }, () => {
      const job = { ...requestedJob, tag: randomUUID(), fleet: this.fleet };
      const conf = new Map([['spark.emr.execution.role', this.aws.role]]);
      const { request } = enginePlan({ ...job, conf }, this.spec());
      return client.send(new StartJobRunCommand(request));
    });
    await Promise.all(runs);
    client.destroy();
  }

  /** The runs of a launch, whatever became of them. */
  runsOf(tag: LaunchTag): readonly ContainersRun[] {
    return [...this.aws.containers.runs.values()].filter(
      ({ input }) => input['clientToken'] === tag,
    );
  }

  /** The one run of a launch. */
  run(tag: LaunchTag): ContainersRun {
    const [run, ...others] = this.runsOf(tag);
    if (run === undefined || others.length > 0) throw new Error(`${tag} has not just one run`);
    return run;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#desks.map((desk) => desk.stop()));
    process.env = this.#environment;
    await this.aws.stop();
  }
}
