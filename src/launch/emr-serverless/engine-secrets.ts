import {
  CreateSecretCommand,
  DeleteSecretCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
  type SecretListEntry,
} from '@aws-sdk/client-secrets-manager';
import { createHash } from 'node:crypto';
import type { EmrServerlessSpec } from '../../preset/cluster-spec.ts';
import type { EngineJob } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';
import type { CallRate, RateBuckets } from '../rate-bucket.ts';
import { AwsCalls, clientSettings } from './aws-calls.ts';
import { secretPrefix, type PlannedSecret } from './job-request.ts';
import { jobTags } from './job-name.ts';
import { nameOf } from './submit-trouble.ts';

/** Well below what Secrets Manager grants: others use it, too. */
const rate: CallRate = { perSecond: 20, burst: 20 };

/** A secret of a launch that nobody has settled: its gateway has died. */
interface LeftSecret {
  readonly name: string;
  readonly tag: LaunchTag;
  readonly createdMs: number;
}

/**
 * The secrets of engines in Secrets Manager: made for one launch, read by EMR when the job starts to run, and deleted when the
 * launch is over. Their names and tags tell fleet and launch.
 */
export class EngineSecrets {
  readonly #spec: EmrServerlessSpec;
  readonly #calls: AwsCalls<SecretsManagerClient>;
  readonly #buckets: RateBuckets;

  constructor(spec: EmrServerlessSpec, buckets: RateBuckets) {
    this.#spec = spec;
    this.#buckets = buckets;
    this.#calls = new AwsCalls(() => new SecretsManagerClient(clientSettings(spec)));
  }

  /** Makes the secrets of a launch; those that it has already are left as they are. */
  async make(
    job: EngineJob,
    secrets: Iterable<PlannedSecret>,
    roleArn: string,
    signal: AbortSignal,
  ): Promise<void> {
    for (const secret of secrets) {
      await this.#create(job, secret, signal);
      await this.#send(
        (client) =>
          client.send(
            new PutResourcePolicyCommand({
              SecretId: secret.name,
              ResourcePolicy: readPolicy(this.#spec, roleArn),
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

  /** All secrets of the fleet. */
  async *left(fleet: string, signal: AbortSignal): AsyncGenerator<LeftSecret> {
    const prefix = secretPrefix(fleet);
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
        if (secret !== undefined) yield secret;
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
    const tags = jobTags(job);
    try {
      await this.#send(
        (client) =>
          client.send(
            new CreateSecretCommand({
              Name: name,
              // The second of two tries is the first one again.
              ClientRequestToken: createHash('sha256').update(name).digest('hex'),
              KmsKeyId: this.#spec.secretsKmsKey,
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
    const { endpoint, region } = this.#spec;
    const bucket = this.#buckets.of(`secretsmanager ${endpoint ?? region}`, '*', rate);
    return this.#calls.call(bucket, send, signal);
  }
}

/** Lets EMR Serverless read the secret for the cluster's own applications, in the account of the engine's role. */
function readPolicy({ region, applications }: EmrServerlessSpec, roleArn: string): string {
  const [, partition = 'aws', , , account = ''] = roleArn.split(':');
  const arns = applications.map(
    (id) => `arn:${partition}:emr-serverless:${region}:${account}:/applications/${id}`,
  );
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'emr-serverless.amazonaws.com' },
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: '*',
        Condition: { StringEquals: { 'aws:SourceArn': arns } },
      },
    ],
  });
}

function leftSecret(entry: SecretListEntry, prefix: string): LeftSecret | undefined {
  const { Name: name, CreatedDate: created } = entry;
  if (name?.startsWith(prefix) !== true || created === undefined) return undefined;
  const [tag = ''] = name.slice(prefix.length).split('/');
  return { name, tag, createdMs: created.getTime() };
}
