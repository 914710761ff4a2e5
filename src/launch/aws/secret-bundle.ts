import type { Settings } from '../../config/entry.ts';
import type { AwsPlace } from '../../preset/cluster-spec.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { propertiesText } from '../properties-text.ts';
import { engineKeySetting } from '../setting-places.ts';
import { maxSecretBytes, secretPrefix, type PlannedSecret } from './engine-secrets.ts';

const managerSetting = 'spark.torii.engine.secrets.manager';

export interface SecretBundle {
  /** Has to be in Secrets Manager before the job is started. */
  readonly secret: PlannedSecret;
  /** What the job may show: all plain settings, and those that point the engine to its secret. */
  readonly settings: Settings;
}

/**
 * Where EMR resolves no secrets, the engine reads its own: its key and all secret settings of the launch stand in one secret,
 * in the form of a `.properties` file. Throws a `SubmitError` (refused) that names a setting for what can't go this way.
 */
export function planSecretBundle(job: EngineJob, place: AwsPlace): SecretBundle {
  refuseSecretVariables(job);
  const secrets = new Map<string, string>();
  const settings = new Map<string, string>();
  for (const [key, value] of job.conf) {
    if (key.startsWith('spark.torii.engine.secrets.')) continue; // this launch has a place of its own
    (job.isSecret(key) && !isSaidAtOnce(key, value) ? secrets : settings).set(key, value);
  }
  settings.delete(engineKeySetting);
  secrets.set(engineKeySetting, job.engineKey);
  const value = propertiesText(secrets);
  if (Buffer.byteLength(value) > maxSecretBytes) throw tooLong(secrets);

  const name = `${secretPrefix(job.fleet)}${job.tag}`;
  settings.set(managerSetting, name);
  settings.set(`${managerSetting}.region`, place.region);
  if (place.endpoint !== undefined) settings.set(`${managerSetting}.endpoint`, place.endpoint);
  return { secret: { name, value }, settings };
}

/**
 * A resource policy (JSON) by which the engine's role may read the secret, and needs no permission for other secrets: engines
 * of other roles can't read it.
 */
export function readerPolicy(roleArn: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: roleArn },
        Action: 'secretsmanager:GetSecretValue',
        Resource: '*',
      },
    ],
  });
}

/**
 * Names that sound secret and are not: whether tokens are fetched, and by which class. Spark wants them before the engine runs,
 * which is when the secret is read.
 */
function isSaidAtOnce(key: string, value: string): boolean {
  return /^(?:true|false)$/i.test(value.trim()) || /credentials?\.provider$/i.test(key);
}

/** A process can't change its own environment, and every list of jobs shows it. */
function refuseSecretVariables({ environment, isSecret }: EngineJob): void {
  for (const [name, value] of environment) {
    if (!isSecret(name) || isSaidAtOnce(name, value)) continue;
    throw new SubmitError(
      'refused',
      `the environment variable ${name} is secret, and this kind of cluster shows the environment of its jobs`,
      { hint: `Give it as a setting, or rename ${name} if it is no secret.` },
    );
  }
}

function tooLong(secrets: Settings): SubmitError {
  let longest = engineKeySetting;
  let most = 0;
  for (const [key, value] of secrets) {
    const { length } = propertiesText(new Map([[key, value]]));
    if (length > most) [longest, most] = [key, length];
  }
  return new SubmitError(
    'refused',
    `the secret settings have more than ${maxSecretBytes} bytes together, and Secrets Manager takes no longer secret; the longest is ${longest}`,
    { hint: `Shorten ${longest}.` },
  );
}
