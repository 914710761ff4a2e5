import type {
  Configuration,
  MonitoringConfiguration,
  StartJobRunCommandInput,
} from '@aws-sdk/client-emr-serverless';
import type { EmrServerlessSpec } from '../../preset/cluster-spec.ts';
import { executionRoleSetting } from '../../preset/execution-role.ts';
import {
  awsRequestLimits,
  checkRole,
  checkRunRequest,
  divideSettings,
} from '../aws/request-limits.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { engineKeySetting } from '../setting-places.ts';
import { isPlainWord, submitParameters } from '../aws/submit-parameters.ts';
import { maxSecretBytes, secretPrefix, type PlannedSecret } from '../aws/engine-secrets.ts';
import { jobName, jobTags } from '../aws/job-tags.ts';

const limits = awsRequestLimits['emr-serverless'];

/** EMR resolves a value that begins like this from Secrets Manager when the job starts to run. */
const secretMark = 'EMR.secret@';

/** EMR says these itself, or they are of other kinds of clusters. */
const notForEmr =
  /^spark\.(?:master|submit\.deployMode|yarn\..*|kubernetes\.(?!local\.dirs).*|emr\.execution\.role)$/;

export interface EnginePlan {
  /** What must be in Secrets Manager before the request is sent, by the setting that names it. */
  readonly secrets: ReadonlyMap<string, PlannedSecret>;
  readonly request: StartJobRunCommandInput;
}

/**
 * One engine as a job run. Secret settings become secrets of Secrets Manager, and the request has their names alone. Throws a
 * `SubmitError` (refused) that names key and limit for what EMR would refuse.
 */
export function enginePlan(
  job: EngineJob,
  spec: EmrServerlessSpec,
  applicationId: string,
): EnginePlan {
  refuseSidecars(job);
  const roleArn = job.conf.get(executionRoleSetting) ?? '';
  checkRole(job, roleArn, limits);
  const all = settingsOf(job);
  const secrets = new Map<string, PlannedSecret>();
  const settings = new Map<string, string>();
  for (const [key, value] of all) {
    if (!isSecretHere(job, key) || value === '') {
      refuseSecretMark(key, value);
      settings.set(key, value);
      continue;
    }
    const name = `${secretPrefix(job.fleet)}${job.tag}/${secrets.size}`;
    if (Buffer.byteLength(value) > maxSecretBytes) throw tooLongSecret(key);
    secrets.set(key, { name, value });
    settings.set(key, `${secretMark}${name}`);
  }
  const order = (key: string, value: string): number =>
    secrets.has(key) ? 0 : isPlainWord(`${key}=${value}`) ? 2 : 1;
  const { properties, parameters } = divideSettings(settings, limits, order);
  const sparkSubmitParameters = submitParameters(job.main.mainClass, parameters);
  const name = jobName(job.fleet, job.tag);
  const tags = { ...Object.fromEntries(spec.tags), ...jobTags(job, limits) };
  const entryPoint = job.main.resource;
  checkRunRequest(limits, { name, tag: job.tag, entryPoint, sparkSubmitParameters, tags });
  const defaults: Configuration = {
    classification: 'spark-defaults',
    properties: Object.fromEntries(properties),
  };
  return {
    secrets,
    request: {
      applicationId,
      clientToken: job.tag,
      name,
      executionRoleArn: roleArn,
      executionTimeoutMinutes: 0,
      jobDriver: { sparkSubmit: { entryPoint, sparkSubmitParameters } },
      configurationOverrides: {
        applicationConfiguration: [defaults],
        monitoringConfiguration: monitoring(spec),
      },
      tags,
    },
  };
}

function settingsOf(job: EngineJob): Map<string, string> {
  const settings = new Map([...job.conf].filter(([key]) => !notForEmr.test(key)));
  if (!settings.has('spark.app.name')) settings.set('spark.app.name', job.appName);
  for (const [name, value] of job.environment) {
    settings.set(`spark.emr-serverless.driverEnv.${name}`, value);
  }
  settings.set(engineKeySetting, job.engineKey);
  return settings;
}

const driverVariable = 'spark.emr-serverless.driverEnv.';

function isSecretHere(job: EngineJob, key: string): boolean {
  if (job.isSecret(key)) return true;
  return key.startsWith(driverVariable) && job.isSecret(key.slice(driverVariable.length));
}

function monitoring(spec: EmrServerlessSpec): MonitoringConfiguration {
  const { s3, cloudWatch, kmsKey } = spec.logs;
  const key = kmsKey === undefined ? {} : { encryptionKeyArn: kmsKey };
  return {
    ...(s3 === undefined ? {} : { s3MonitoringConfiguration: { logUri: `${s3}/`, ...key } }),
    managedPersistenceMonitoringConfiguration: { enabled: spec.managedLogs },
    ...(cloudWatch === undefined
      ? {}
      : {
          cloudWatchLoggingConfiguration: {
            enabled: true,
            ...(cloudWatch.group === undefined ? {} : { logGroupName: cloudWatch.group }),
            ...(cloudWatch.streamPrefix === undefined
              ? {}
              : { logStreamNamePrefix: cloudWatch.streamPrefix }),
            ...key,
          },
        }),
  };
}

function refuseSidecars({ sidecars }: EngineJob): void {
  const [first] = sidecars;
  if (first === undefined) return;
  throw new SubmitError(
    'refused',
    `the preset wants the container ${first.name} beside the driver, and EMR Serverless has none`,
    { hint: 'Use a catalog that is reached over the network.' },
  );
}

/** Otherwise a session could read any secret that EMR may read. */
function refuseSecretMark(key: string, value: string): void {
  if (!value.includes(secretMark)) return;
  throw new SubmitError('refused', `${key} must not contain ${secretMark}`, {
    hint: 'Secrets are named in the files of clusters and presets (secretsmanager:).',
  });
}

function tooLongSecret(key: string): SubmitError {
  return new SubmitError(
    'refused',
    `${key} has more than ${maxSecretBytes} bytes, and Secrets Manager takes no longer secret`,
    { hint: `Shorten ${key}.` },
  );
}
