import { AddJobFlowStepsCommand, EMRClient } from '@aws-sdk/client-emr';
import { randomUUID } from 'node:crypto';
import { ClusterLauncher } from '../../../src/launch/cluster-launcher.ts';
import { EmrEc2Platform } from '../../../src/launch/emr-ec2/emr-ec2-platform.ts';
import { stepPlan } from '../../../src/launch/emr-ec2/step-request.ts';
import type { JobView } from '../../../src/launch/job-platform.ts';
import type { LaunchRequest, LaunchTag } from '../../../src/launch/launcher.ts';
import { ownMainClass } from '../../../src/launch/main-resource.ts';
import { RateBuckets } from '../../../src/launch/rate-bucket.ts';
import type { Application } from '../../../src/launch/yarn/rest-schemas.ts';
import type { EmrEc2Spec } from '../../../src/preset/cluster-spec.ts';
import { type AwsOptions, AwsStandIn } from '../../support/aws/aws.ts';
import type { Cluster, ClusterOptions } from '../../support/aws/emr-cluster.ts';
import type { Step } from '../../support/aws/emr-step.ts';
import { hastyClock, type HastyClock } from '../../support/hasty-clock.ts';
import { newLaunchRequest } from '../../support/launch-request.ts';
import { newSecret } from '../../support/secrets.ts';
import { job as requestedJob } from '../../unit/launch/emr-ec2/ec2-job.ts';
import { application } from '../../unit/launch/yarn/application.ts';
import { FakeManager } from '../../unit/launch/yarn/fake-manager.ts';
import { silentLog } from '../../support/zookeeper-harness.ts';

export const never = new AbortController().signal;
const manager = 'http://primary.example.test:8088';

/** Who looks at the same cluster: a launcher with all that it was told. */
export interface Desk {
  readonly launcher: ClusterLauncher;
  readonly platform: EmrEc2Platform;
  /** Jobs that ended while it looked on. */
  readonly ended: JobView[];
  stop(): Promise<void>;
}

export interface LabOptions extends AwsOptions {
  readonly cluster?: ClusterOptions;
  /** How many seconds pass in one for the launcher. */
  readonly haste?: number;
}

/** A cluster of EMR on EC2 with a YARN that knows what its steps have submitted, and launchers that work with both. */
export class Ec2Lab {
  readonly aws: AwsStandIn;
  readonly cluster: Cluster;
  readonly yarn = new FakeManager();
  readonly fleet = randomUUID().replaceAll('-', '').slice(0, 12);
  readonly engineKey = newSecret();
  readonly clock: HastyClock;
  /** Steps whose applications YARN does not list. */
  readonly hidden = new Set<string>();
  readonly #submitted = new Set<string>();
  readonly #desks: Desk[] = [];
  readonly #environment = { ...process.env };

  private constructor(aws: AwsStandIn, cluster: Cluster, haste: number) {
    this.aws = aws;
    this.cluster = cluster;
    this.clock = hastyClock(haste);
    this.useKeys(aws.keys);
  }

  static async start({ cluster = {}, haste = 20, ...options }: LabOptions = {}) {
    const aws = await AwsStandIn.start(options);
    const made = aws.ec2.addCluster({
      ...{ hasRuntimeRoles: true, masterDnsName: 'primary.example.test' },
      ...{ logUri: 's3n://logs/emr/', stepConcurrency: 10, ...cluster },
    });
    return new Ec2Lab(aws, made, haste);
  }

  /** The SDK's default chain finds them in the environment. */
  useKeys({ accessKeyId, secretAccessKey, sessionToken }: AwsStandIn['keys']): void {
    process.env['AWS_ACCESS_KEY_ID'] = accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = secretAccessKey;
    if (sessionToken === undefined) delete process.env['AWS_SESSION_TOKEN'];
    else process.env['AWS_SESSION_TOKEN'] = sessionToken;
  }

  spec(more: Partial<EmrEc2Spec> = {}): EmrEc2Spec {
    return {
      kind: 'emr-ec2',
      name: 'standing',
      zookeeper: undefined,
      environment: new Map(),
      limits: { maxEngines: undefined, maxEnginesPerUser: undefined, maxLaunches: undefined },
      superusers: new Set(),
      region: this.aws.region,
      endpoint: this.aws.endpoint,
      cluster: this.cluster.id,
      engineJar: 's3://jars/torii-spark-engine.jar',
      resourceManagers: undefined,
      apiUser: 'hadoop',
      queues: [],
      instanceProfile: false,
      logs: { s3: undefined, cloudWatch: undefined, kmsKey: undefined },
      secretsKmsKey: undefined,
      rates: new Map(),
      ...more,
    };
  }

  /** One that nobody has set to work. */
  platform(spec = this.spec()): EmrEc2Platform {
    const { clock, fleet } = this;
    return new EmrEc2Platform({
      ...{ spec, fleet, clock, secretKeys: /password/i },
      buckets: new RateBuckets(clock),
      fetch: async (address, init) => {
        if (init?.method !== 'PUT') this.#submit();
        const answer = await this.yarn.fetch(address, init);
        if (init?.method === 'PUT' && answer.ok) this.change(address, { state: 'KILLED' });
        return answer;
      },
    });
  }

  desk(more: Partial<EmrEc2Spec> = {}): Desk {
    const spec = this.spec(more);
    const { clock, fleet } = this;
    const platform = this.platform(spec);
    const ended: JobView[] = [];
    const launcher = new ClusterLauncher({
      ...{ cluster: spec.name, platform, fleet, clock, environment: spec.environment },
      limits: spec.limits,
      kindConf: new Map([
        ['spark.master', 'yarn'],
        ['spark.submit.deployMode', 'cluster'],
      ]),
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

  /** Steps of this fleet that no launcher of this process has added. */
  async addSteps(count: number): Promise<void> {
    const client = new EMRClient(this.aws.clientOptions());
    const steps = Array.from({ length: count }, () => {
      const conf = new Map([['spark.emr.execution.role', this.aws.role]]);
      const job = { ...requestedJob, conf, tag: randomUUID(), fleet: this.fleet };
      return stepPlan(job, this.spec()).request.Steps?.[0];
    });
    const Steps = steps.filter((step) => step !== undefined);
    await client.send(new AddJobFlowStepsCommand({ JobFlowId: this.cluster.id, Steps }));
    client.destroy();
  }

  /** The steps of a launch, whatever became of them; the one that ends it is none of them. */
  stepsOf(tag: LaunchTag): readonly Step[] {
    return this.#named((name) => name.endsWith(tag));
  }

  endStepsOf(tag: LaunchTag): readonly Step[] {
    return this.#named((name) => name.endsWith(`${tag}/end`));
  }

  applicationOf(tag: LaunchTag): Application | undefined {
    return this.yarn.applications.find((one) => one.applicationTags.includes(`launch-${tag}`));
  }

  /** An application, by its id or an address that has it in it, becomes another. */
  change(id: string, changes: Partial<Application>): void {
    this.yarn.applications = this.yarn.applications.map((one) =>
      id.includes(one.id) ? { ...one, ...changes, finishedTime: this.clock.now() } : one,
    );
  }

  /** No resource manager answers from now on. */
  loseManager(): void {
    this.yarn.away.add(manager);
  }

  findManager(): void {
    this.yarn.away.clear();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#desks.map((desk) => desk.stop()));
    process.env = this.#environment;
    await this.aws.stop();
  }

  #named(test: (name: string) => boolean): readonly Step[] {
    return [...this.aws.ec2.runs.values()].filter(({ input }) => test(String(input['Name'])));
  }

  /** What steps that are done have handed over. */
  #submit(): void {
    for (const { id, input, life } of this.aws.ec2.runs.values()) {
      if (life.state !== 'COMPLETED' || this.#submitted.has(id) || this.hidden.has(id)) continue;
      const jar = input['HadoopJarStep'] as { readonly Args: readonly string[] }; // the model's form
      const setting = 'spark.yarn.tags=';
      const tags = jar.Args.find((arg) => arg.startsWith(setting))?.slice(setting.length);
      if (tags === undefined) continue;
      this.#submitted.add(id);
      const number = String(this.yarn.applications.length + 1).padStart(4, '0');
      this.yarn.applications.push(
        application({
          id: `application_1_${number}`,
          user: 'hadoop',
          state: 'ACCEPTED',
          amContainerLogs: undefined,
          applicationTags: tags.toLowerCase(),
          startedTime: this.clock.now(),
        }),
      );
    }
  }
}
