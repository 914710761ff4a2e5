import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { jsonKeyOf } from '../json-key.ts';
import { SecretError } from '../secret-source.ts';
import type { SecretSource } from '../secret-source.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface AwsSecretsOptions {
  /** Region of names without one; the SDK's own search unless given. */
  readonly region?: string | undefined;
  /** Address of the services; the region's unless given. */
  readonly endpoint?: string | undefined;
}

/** Secrets of AWS Secrets Manager, by name or ARN. An ARN is asked for in its own region. */
export function secretsManagerSecrets(
  options: AwsSecretsOptions = {},
): SecretSource<'secretsmanager'> {
  const clients = new Map<string, SecretsManagerClient>();
  const clientFor = (id: string): SecretsManagerClient => {
    const region = regionOf(id, options);
    const client =
      clients.get(region ?? '') ?? new SecretsManagerClient(settingsOf(region, options));
    clients.set(region ?? '', client);
    return client;
  };
  return {
    kind: 'secretsmanager',
    async read({ id, jsonKey }, signal) {
      try {
        const answer = await clientFor(id).send(new GetSecretValueCommand({ SecretId: id }), {
          abortSignal: signal,
        });
        const text =
          answer.SecretString ??
          (answer.SecretBinary === undefined
            ? undefined
            : Buffer.from(answer.SecretBinary).toString('utf8'));
        if (text === undefined) throw new SecretError('unusable', 'it has no value');
        return jsonKeyOf(text, jsonKey);
      } catch (cause) {
        throw awsTrouble('Secrets Manager', cause);
      }
    },
  };
}

/** Parameters of AWS Systems Manager, encrypted ones included. */
export function parameterStoreSecrets(options: AwsSecretsOptions = {}): SecretSource<'ssm'> {
  const clients = new Map<string, SSMClient>();
  const clientFor = (name: string): SSMClient => {
    const region = regionOf(name, options);
    const client = clients.get(region ?? '') ?? new SSMClient(settingsOf(region, options));
    clients.set(region ?? '', client);
    return client;
  };
  return {
    kind: 'ssm',
    async read({ name }, signal) {
      try {
        const answer = await clientFor(name).send(
          new GetParameterCommand({ Name: name, WithDecryption: true }),
          { abortSignal: signal },
        );
        const text = answer.Parameter?.Value;
        if (text === undefined) throw new SecretError('unusable', 'it has no value');
        return text;
      } catch (cause) {
        throw awsTrouble('Parameter Store', cause);
      }
    },
  };
}

function regionOf(name: string, { region }: AwsSecretsOptions): string | undefined {
  const [, ofArn] = /^arn:[\w-]+:(?:secretsmanager|ssm):([\w-]+):/.exec(name) ?? [];
  return ofArn ?? region;
}

function settingsOf(
  region: string | undefined,
  { endpoint }: AwsSecretsOptions,
): { region?: string; endpoint?: string; maxAttempts: number } {
  return {
    maxAttempts: 3,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}
