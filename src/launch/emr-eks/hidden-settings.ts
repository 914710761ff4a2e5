import type { Settings } from '../../config/entry.ts';
import type { EmrEksSpec } from '../../preset/cluster-spec.ts';
import type { PlannedSecret } from '../aws/engine-secrets.ts';
import { planSecretBundle } from '../aws/secret-bundle.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { objectName } from '../kubernetes/job-labels.ts';
import { holdsSecret } from '../kubernetes/secret-variables.ts';
import { propertiesFile, settingsDir } from '../kubernetes/settings-secret.ts';

/** What nobody but the driver may see, and where it is. */
export type HiddenSettings = {
  /** What the request may show: the plain settings, and where the engine finds the others. */
  readonly settings: Settings;
} & (
  | { readonly kind: 'secrets-manager'; readonly secret: PlannedSecret }
  /** A Secret of Kubernetes; `texts` are what it holds. */
  | {
      readonly kind: 'kubernetes';
      readonly name: string;
      readonly texts: Readonly<Record<string, string>>;
    }
);

const driverVariable = 'spark.kubernetes.driverEnv.';
const executorVariable = 'spark.executorEnv.';

/**
 * Puts aside what is secret: into a Secret that the driver's pod mounts, where the gateway may make one, else into a secret of
 * Secrets Manager that the engine reads. Throws a `SubmitError` (refused) for what can't go that way.
 */
export function hiddenSettings(job: EngineJob, spec: EmrEksSpec): HiddenSettings {
  const isSecret = (key: string): boolean => holdsSecret(job, key);
  const conf = new Map<string, string>();
  // Whom Hadoop takes the engine for, whatever the image's user is called.
  const variables = new Map([['HADOOP_USER_NAME', job.appUser], ...job.environment]);
  for (const [key, value] of job.conf) {
    if (key.startsWith(driverVariable)) variables.set(key.slice(driverVariable.length), value);
    else conf.set(key, value);
    if (key.startsWith(executorVariable) && isSecret(key)) throw shownVariable(key);
  }
  // A variable is secret by its own name, or by that of the setting which had it from a secret's reference.
  const isSecretVariable = (name: string): boolean =>
    ['', driverVariable, 'kyuubi.engineEnv.'].some((prefix) => isSecret(`${prefix}${name}`));
  const isOnKubernetes = spec.kubernetes !== undefined;
  const secretVariables = [...variables].filter(
    ([name]) => isOnKubernetes && isSecretVariable(name),
  );
  const environment = new Map(
    [...variables].filter(([name]) => !isOnKubernetes || !isSecretVariable(name)),
  );
  const isAnySecret = (key: string): boolean =>
    variables.has(key) ? isSecretVariable(key) : isSecret(key);
  const bundled = { ...job, conf, environment, isSecret: isAnySecret };
  const { secret, settings } = planSecretBundle(bundled, spec);
  const shown = new Map(settings);
  for (const [name, value] of environment) shown.set(`${driverVariable}${name}`, value);
  if (!isOnKubernetes) return { kind: 'secrets-manager', settings: shown, secret };

  const name = objectName(job.tag);
  for (const key of shown.keys()) {
    if (key.startsWith('spark.torii.engine.secrets.')) shown.delete(key);
  }
  shown.set('spark.torii.engine.secrets.file', `${settingsDir}/${propertiesFile}`);
  shown.set(`spark.kubernetes.driver.secrets.${name}`, settingsDir);
  const texts: Record<string, string> = { [propertiesFile]: secret.value };
  for (const [variable, value] of secretVariables) {
    texts[`driver.${variable}`] = value;
    shown.set(`spark.kubernetes.driver.secretKeyRef.${variable}`, `${name}:driver.${variable}`);
  }
  return { kind: 'kubernetes', settings: shown, name, texts };
}

/** Executors come and go for as long as the engine lives; its secret goes when it is up. */
function shownVariable(key: string): SubmitError {
  return new SubmitError(
    'refused',
    `${key} is secret, and everybody who may look at the executors' pods can read their environment`,
    { hint: `Give it as a setting, or rename the variable if it is no secret.` },
  );
}
