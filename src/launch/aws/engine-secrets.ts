import {
  CreateSecretCommand,
  DeleteSecretCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
  type SecretListEntry,
} from '@aws-sdk/client-secrets-manager';
import { createHash } from 'node:crypto';
import type { AwsPlace } from '../../preset/cluster-spec.ts';
import type { Clock } from '../../core/clock.ts';
import type { EngineJob } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';
import type { CallRate, RateBuckets } from '../rate-bucket.ts';
import { AwsCalls, clientSettings } from './aws-calls.ts';
import { jobTags } from './job-tags.ts';
import { awsRequestLimits } from './request-limits.ts';
import { nameOf } from './service-errors.ts';

/** Well below what Secrets Manager grants: others use it, too. */
const rate: CallRate = { perSecond: 20, burst: 20 };

/** Secrets of launches that nobody settled are looked for so often. */
export const sweepEveryMs = 600_000;
/** They are removed only when they are so old: a job may wait long before its engine reads its secret. */
export const leftAfterMs = 3_600_000;

/** By this tag a secret tells its cluster. */
const clusterTag = 'torii:cluster';
const forgottenAfterMs = 24 * 3_600_000;

/** What Secrets Manager takes. */
export const maxSecretBytes = 65_536;

export interface PlannedSecret {
  readonly name: string;
  readonly value: string;
}

/** Names of all secrets of a fleet begin like this. */
export function secretPrefix(fleet: string): string {
  return `torii/${fleet}/`;
}

export interface EngineSecretsOptions extends AwsPlace {
  /** Whose engines they are for: others of the fleet leave them alone. */
  readonly cluster: string;
  /** Key that encrypts them; undefined: AWS's own. */
  readonly kmsKey: string | undefined;
  readonly buckets: RateBuckets;
  readonly clock: Clock;
  /** The policy (JSON) that lets a secret be read by whom it is for, by the role of the engine; undefined: none is needed. */
  readonly policy: ((roleArn: string) => string | undefined) | undefined;
}

/** A secret of a launch that nobody has settled: its gateway has died. */
interface LeftSecret {
  readonly name: string;
  readonly tag: LaunchTag;
  readonly createdMs: number;
}

/**
 * The secrets of engines in Secrets Manager: made for one launch, read when the job starts to run, and deleted when the
 * launch is over. Their names and tags tell fleet and launch.
 */
export class EngineSecrets {
  readonly #options: EngineSecretsOptions;
  readonly #calls: AwsCalls<SecretsManagerClient>;

  constructor(options: EngineSecretsOptions) {
    this.#options = options;
    this.#calls = new AwsCalls(() => new SecretsManagerClient(clientSettings(options)));
  }

  /** Makes the secrets of a launch; those that it has already are left as they are. */
  async make(
    job: EngineJob,
    secrets: Iterable<PlannedSecret>,
    roleArn: string,
    signal: AbortSignal,
  ): Promise<void> {
    const policy = this.#options.policy?.(roleArn);
    for (const secret of secrets) {
      await this.#create(job, secret, signal);
      if (policy === undefined) continue;
      await this.#send(
        (client) =>
          client.send(
            new PutResourcePolicyCommand({
              SecretId: secret.name,
              ResourcePolicy: policy,
              BlockPublicPolicy: true,
            }),
            { abortSignal: signal },
          ),
        signal,
      );
    }
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#send(
        (client) =>
          client.send(
            new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }),
            { abortSignal: signal },
          ),
        signal,
      );
    } catch (thrown) {
      if (nameOf(thrown) !== 'ResourceNotFoundException') throw thrown;
    }
  }

  /** The cluster's secrets, and those of the fleet's other clusters that nobody can be waiting for: their clusters may be gone. */
  async *left(fleet: string, signal: AbortSignal): AsyncGenerator<LeftSecret> {
    const { cluster, clock } = this.#options;
    const prefix = secretPrefix(fleet);
    const forgottenMs = clock.now() - forgottenAfterMs;
    let token: string | undefined;
    do {
      const page = await this.#send(
        (client) =>
          client.send(
            new ListSecretsCommand({
              MaxResults: 100,
              Filters: [{ Key: 'name', Values: [prefix] }],
              ...(token === undefined ? {} : { NextToken: token }),
            }),
            { abortSignal: signal },
          ),
        signal,
      );
      for (const entry of page.SecretList ?? []) {
        const secret = leftSecret(entry, prefix);
        if (secret === undefined) continue;
        const isOurs = entry.Tags?.some(
          ({ Key, Value }) => Key === clusterTag && Value === cluster,
        );
        if (isOurs === true || secret.createdMs < forgottenMs) yield secret;
      }
      token = page.NextToken;
    } while (token !== undefined);
  }

  destroy(): void {
    this.#calls.destroy();
  }

  async #create(
    job: EngineJob,
    { name, value }: PlannedSecret,
    signal: AbortSignal,
  ): Promise<void> {
    const { kmsKey, cluster } = this.#options;
    const tags = { ...jobTags(job, awsRequestLimits['emr-serverless']), [clusterTag]: cluster };
    try {
      await this.#send(
        (client) =>
          client.send(
            new CreateSecretCommand({
              Name: name,
              // The second of two tries is the first one again.
              ClientRequestToken: createHash('sha256').update(name).digest('hex'),
              ...(kmsKey === undefined ? {} : { KmsKeyId: kmsKey }),
              SecretString: value,
              Description: 'For one launch of an engine; deleted when it is up',
              Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
            }),
            { abortSignal: signal },
          ),
        signal,
      );
    } catch (thrown) {
      // Its name has the launch tag in it: nobody else made it.
      if (nameOf(thrown) !== 'ResourceExistsException') throw thrown;
    }
  }

  #send<Answer>(
    send: (client: SecretsManagerClient) => Promise<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { endpoint, region, buckets } = this.#options;
    const bucket = buckets.of(`secretsmanager ${endpoint ?? region}`, '*', rate);
    return this.#calls.call(bucket, send, signal);
  }
}

function leftSecret(entry: SecretListEntry, prefix: string): LeftSecret | undefined {
  const { Name: name, CreatedDate: created } = entry;
  if (name?.startsWith(prefix) !== true || created === undefined) return undefined;
  const [tag = ''] = name.slice(prefix.length).split('/');
  return { name, tag, createdMs: created.getTime() };
}
