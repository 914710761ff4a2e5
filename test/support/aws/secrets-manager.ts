import { createHash } from 'node:crypto';
import { AwsError, notFound } from './aws-error.ts';
import type { AwsService, Handler } from './aws-service.ts';
import type { Caller } from './credentials.ts';
import { textOf } from './input-text.ts';
import { accountOf } from './roles.ts';
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

/** Secrets of the account, and who may read which: EMR Serverless for an application, an engine in its role's name. */
export class SecretsManager implements AwsService {
  readonly name = 'secretsmanager';
  readonly handlers: Readonly<Record<string, Handler>>;
  /** By name. */
  readonly secrets = new Map<string, StoredSecret>();
  /** Roles whose own permissions let them read every secret; others read those alone whose policy names them. */
  readonly #readers = new Set<string>();
  readonly #account: { readonly id: string; readonly region: string };

  constructor(account: { readonly id: string; readonly region: string }) {
    this.#account = account;
    this.handlers = {
      GetSecretValue: (input, caller) => this.#read(input, caller),
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

  grantRead(roleArn: string): void {
    this.#readers.add(roleArn);
  }

  #read(input: Input, caller: Caller): Record<string, unknown> {
    const asked = textOf(input['SecretId']);
    const found = [...this.secrets].find(([name, { arn }]) => name === asked || arn === asked);
    if (!this.#mayRead(caller, found?.[1])) {
      const resource = found?.[1].arn ?? asked;
      throw new AwsError(
        'AccessDeniedException',
        `User: ${caller.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${resource} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
      );
    }
    if (found === undefined)
      throw notFound("Secrets Manager can't find the specified secret.", 400);
    const [Name, { arn, value, createdMs }] = found;
    return {
      ...{ ARN: arn, Name, SecretString: value, VersionStages: ['AWSCURRENT'] },
      ...{ VersionId: versionOf(arn), CreatedDate: new Date(createdMs) },
    };
  }

  /** Users may read all; who has taken on a role may read what the role or the secret's own policy grants. */
  #mayRead({ arn }: Caller, secret: StoredSecret | undefined): boolean {
    const role = /:assumed-role\/([^/]+)\//.exec(arn)?.[1];
    if (role === undefined) return true;
    const roleArn = `arn:aws:iam::${accountOf(arn)}:role/${role}`;
    return this.#readers.has(roleArn) || isNamed(secret?.policy, roleArn);
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

/** Whether a statement of the policy lets the role read. */
function isNamed(policy: string | undefined, roleArn: string): boolean {
  const parsed: unknown = policy === undefined ? undefined : JSON.parse(policy);
  const statements =
    isRecord(parsed) && Array.isArray(parsed['Statement']) ? parsed['Statement'] : [];
  return statements.filter(isRecord).some(({ Effect, Principal, Action }) => {
    const actions = Array.isArray(Action) ? Action : [Action];
    return (
      Effect === 'Allow' &&
      isRecord(Principal) &&
      [Principal['AWS']].flat().includes(roleArn) &&
      actions.includes('secretsmanager:GetSecretValue')
    );
  });
}

/** A version's id has the form of a UUID, and is the same each time. */
function versionOf(arn: string): string {
  const hex = createHash('sha256').update(arn).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}
