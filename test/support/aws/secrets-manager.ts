import { AwsError, notFound } from './aws-error.ts';
import type { AwsService, Handler } from './aws-service.ts';
import { isRecord } from './shape-check.ts';

interface StoredSecret {
  readonly arn: string;
  readonly value: string;
  readonly token: unknown;
  /** Undefined: AWS's own key, which other services can't use. */
  readonly kmsKey: string | undefined;
  readonly tags: unknown;
  readonly createdMs: number;
  policy: string | undefined;
}

type Input = Readonly<Record<string, unknown>>;

/** Secrets of the account, and which of them EMR Serverless may read for an application. */
export class SecretsManager implements AwsService {
  readonly name = 'secretsmanager';
  readonly handlers: Readonly<Record<string, Handler>>;
  /** By name. */
  readonly secrets = new Map<string, StoredSecret>();
  readonly #account: { readonly id: string; readonly region: string };

  constructor(account: { readonly id: string; readonly region: string }) {
    this.#account = account;
    this.handlers = {
      CreateSecret: (input) => this.#create(input),
      PutResourcePolicy: (input) => this.#putPolicy(input),
      DeleteSecret: (input) => this.#delete(input),
      ListSecrets: (input) => this.#list(input),
    };
  }

  /** What EMR Serverless reads for an application. Throws what it says where it may not. */
  readFor(applicationArn: string, name: string): string {
    const secret = this.secrets.get(name);
    const isAllowed = secret?.policy?.includes(`"${applicationArn}"`) === true;
    if (secret === undefined || !isAllowed || secret.kmsKey === undefined)
      throw new Error(`Unable to retrieve the secret ${name} from Secrets Manager`);
    return secret.value;
  }

  #create(input: Input): Record<string, unknown> {
    const name = String(input['Name']);
    if (!/^[\w/+=.@-]+$/.test(name))
      throw new AwsError('InvalidParameterException', 'Invalid name.');
    const value = String(input['SecretString']);
    const token = input['ClientRequestToken'];
    const used = this.secrets.get(name);
    if (used !== undefined && (used.token !== token || used.value !== value))
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    const secret = used ?? {
      arn: `arn:aws:secretsmanager:${this.#account.region}:${this.#account.id}:secret:${name}-AbCdEf`,
      ...{ value, token, tags: input['Tags'], createdMs: Date.now(), policy: undefined },
      kmsKey: typeof input['KmsKeyId'] === 'string' ? input['KmsKeyId'] : undefined,
    };
    this.secrets.set(name, secret);
    return { ARN: secret.arn, Name: name };
  }

  #putPolicy(input: Input): Record<string, unknown> {
    const name = String(input['SecretId']);
    const secret = this.#find(name);
    const policy = String(input['ResourcePolicy']);
    const parsed: unknown = JSON.parse(policy);
    if (!isRecord(parsed) || !Array.isArray(parsed['Statement']))
      throw new AwsError('MalformedPolicyDocumentException', 'This resource policy is malformed.');
    secret.policy = policy;
    return { ARN: secret.arn, Name: name };
  }

  #delete(input: Input): Record<string, unknown> {
    const name = String(input['SecretId']);
    const { arn } = this.#find(name);
    this.secrets.delete(name);
    return { ARN: arn, Name: name, DeletionDate: new Date() };
  }

  #list(input: Input): Record<string, unknown> {
    const filters = Array.isArray(input['Filters']) ? input['Filters'].filter(isRecord) : [];
    const named = filters.find(({ Key }) => Key === 'name');
    const prefixes = Array.isArray(named?.['Values']) ? named['Values'].map(String) : [''];
    const found = [...this.secrets].filter(([name]) =>
      prefixes.some((prefix) => name.startsWith(prefix)),
    );
    return {
      SecretList: found.map(([Name, { arn, createdMs, tags }]) => ({
        ...{ Name, ARN: arn, Tags: tags, CreatedDate: new Date(createdMs) },
      })),
    };
  }

  #find(name: string): StoredSecret {
    const secret = this.secrets.get(name);
    if (secret === undefined)
      throw notFound("Secrets Manager can't find the specified secret.", 400);
    return secret;
  }
}
