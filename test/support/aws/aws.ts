import { join } from 'node:path';
import { makeTempDir, removeTempDir } from '../temp-dir.ts';
import type { Account } from './account.ts';
import { AwsServer } from './aws-server.ts';
import type { AwsService } from './aws-service.ts';
import type { Job, JobService } from './job-service.ts';
import { CloudWatchLogs } from './cloudwatch-logs.ts';
import { Credentials, type IssuedCredentials } from './credentials.ts';
import { EmrContainers } from './emr-containers.ts';
import { EmrEc2 } from './emr-ec2.ts';
import { EmrServerless, type ServerlessOptions } from './emr-serverless.ts';
import { Faults } from './faults.ts';
import { type JobPlan, JobPlans, Timers } from './job-life.ts';
import { RateLimits, type Rates } from './rate-limits.ts';
import { Roles } from './roles.ts';
import { isS3, S3 } from './s3.ts';
import { loadServiceModel } from './service-model.ts';
import { SecretsManager } from './secrets-manager.ts';
import { Sts } from './sts.ts';

export interface AwsOptions {
  /** Whether submitted commands are really run; otherwise a job only goes through its states. */
  readonly runs?: boolean;
  /** How jobs go that no plan of their own is made for. */
  readonly plan?: JobPlan;
  /** `publishedRates`, or none: then nothing is throttled. */
  readonly rates?: Rates;
  /** How long a minute of the services' time limits lasts. */
  readonly minuteMs?: number;
  /** Files of this machine by the path that a job's image has for them. */
  readonly imagePaths?: Readonly<Record<string, string>>;
  readonly hasEarlyS3Logs?: boolean;
  /** The AWS SDK for Java, which the services' images have on Spark's class path. */
  readonly sdkJars?: readonly string[];
  readonly serverless?: Partial<ServerlessOptions>;
}

/** Who asks, where a test does not care. */
const operator = 'arn:aws:iam::123456789012:user/operator';

/** Some services of AWS on one endpoint, for the SDK's own clients: as strict as their models and documentation. */
export class AwsStandIn {
  readonly accountId = '123456789012';
  readonly region = 'eu-west-1';
  /** A role that every service and user may take on. */
  readonly role: string;
  readonly endpoint: string;
  readonly dir: string;
  /** Of a user without an end. */
  readonly keys: IssuedCredentials;
  readonly credentials: Credentials;
  readonly roles: Roles;
  readonly faults: Faults;
  readonly plans: JobPlans;
  readonly s3: S3;
  readonly logs: CloudWatchLogs;
  readonly secrets: SecretsManager;
  readonly serverless: EmrServerless;
  readonly containers: EmrContainers;
  readonly ec2: EmrEc2;
  readonly #server: AwsServer;
  readonly #timers: Timers;

  private constructor(parts: StandInParts) {
    this.endpoint = parts.endpoint;
    this.dir = parts.dir;
    this.credentials = parts.credentials;
    this.roles = parts.roles;
    this.faults = parts.faults;
    this.plans = parts.plans;
    this.s3 = parts.s3;
    this.logs = parts.logs;
    this.secrets = parts.secrets;
    this.serverless = parts.serverless;
    this.containers = parts.containers;
    this.ec2 = parts.ec2;
    this.#server = parts.server;
    this.#timers = parts.timers;
    this.role = `arn:aws:iam::${this.accountId}:role/engine`;
    this.roles.add(this.role, ['*']);
    this.keys = this.credentials.issue(operator);
  }

  static async start(options: AwsOptions = {}): Promise<AwsStandIn> {
    const dir = makeTempDir('aws');
    const now = () => Date.now();
    const timers = new Timers();
    const [credentials, roles, faults] = [new Credentials(now), new Roles(), new Faults()];
    const [s3, logs] = [new S3(join(dir, 's3')), new CloudWatchLogs()];
    const plans = new JobPlans(options.plan ?? {});
    const secrets = new SecretsManager({ id: '123456789012', region: 'eu-west-1' });
    const locate = (uri: string) => locateFile(uri, s3, options.imagePaths ?? {});
    const account: Account = {
      ...{ id: '123456789012', region: 'eu-west-1', now, minuteMs: options.minuteMs ?? 60_000 },
      ...{ timers, plans, roles, s3, logs, secrets, runs: options.runs ?? false, dir, locate },
      hasEarlyS3Logs: options.hasEarlyS3Logs ?? false,
      driverEnvironment: (roleArn) => driverEnvironment(roleArn, credentials, options.sdkJars),
    };
    const serverless = new EmrServerless(account, {
      ...{ vCpuQuota: Infinity, failsWhenFull: false },
      ...options.serverless,
    });
    const [containers, ec2] = [new EmrContainers(account), new EmrEc2(account)];
    const all: readonly AwsService[] = [
      serverless,
      containers,
      ec2,
      s3,
      logs,
      secrets,
      new Sts(credentials, roles),
    ];
    const services = await Promise.all(
      all.map(async (service) => ({
        ...{ name: service.name, handlers: service.handlers },
        model: await loadServiceModel(service.name),
      })),
    );
    const rates = new RateLimits(options.rates ?? {}, now);
    const server = new AwsServer({ services, credentials, rates, faults, now });
    const endpoint = await server.listen();
    return new AwsStandIn({
      ...{ endpoint, dir, credentials, roles, faults, plans, s3, logs, secrets, serverless },
      ...{ containers, ec2, server, timers },
    });
  }

  /** What a client of the SDK is made with. */
  clientOptions(keys: IssuedCredentials = this.keys) {
    return { region: this.region, endpoint: this.endpoint, credentials: keys };
  }

  /** One job run or step by its id. */
  job(id: string): Job {
    const found = this.#jobServices().flatMap(({ runs }) => runs.get(id) ?? [])[0];
    if (found === undefined) throw new Error(`there is no job ${id}`);
    return found;
  }

  /** Fails when a job's process was left, or a reply was not the model's. */
  async stop(): Promise<void> {
    this.#timers.stop();
    await this.#server.stop();
    const jobs = this.#jobServices().flatMap(({ runs }) => [...runs.values()]);
    await Promise.all(jobs.map(({ process }) => process.kill()));
    removeTempDir(this.dir);
    const [trouble] = this.#server.troubles;
    if (trouble !== undefined) throw trouble;
  }

  #jobServices(): readonly JobService[] {
    return [this.serverless, this.containers, this.ec2];
  }
}

interface StandInParts {
  readonly endpoint: string;
  readonly dir: string;
  readonly credentials: Credentials;
  readonly roles: Roles;
  readonly faults: Faults;
  readonly plans: JobPlans;
  readonly s3: S3;
  readonly logs: CloudWatchLogs;
  readonly secrets: SecretsManager;
  readonly serverless: EmrServerless;
  readonly containers: EmrContainers;
  readonly ec2: EmrEc2;
  readonly server: AwsServer;
  readonly timers: Timers;
}

const sessionMs = 3_600_000;

function driverEnvironment(
  roleArn: string,
  credentials: Credentials,
  sdkJars: readonly string[] = [],
): NodeJS.ProcessEnv {
  const session = roleArn.replace(':iam::', ':sts::').replace(':role/', ':assumed-role/');
  const { accessKeyId, secretAccessKey, sessionToken } = credentials.issue(
    `${session}/driver`,
    sessionMs,
  );
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    ...(sdkJars.length > 0 && { SPARK_DIST_CLASSPATH: sdkJars.join(':') }),
  };
}

function locateFile(uri: string, s3: S3, imagePaths: Readonly<Record<string, string>>): string {
  if (isS3(uri)) return s3.pathOf(uri);
  const path = uri.replace(/^(local|file):(\/\/)?/, '');
  return imagePaths[path] ?? path;
}
