import type { Account } from './account.ts';
import { definedOnly } from './defined-only.ts';
import type { Application } from './emr-serverless-application.ts';
import { textOf } from './input-text.ts';
import type { JobLife, JobStates } from './job-life.ts';
import { JobProcess, lastExceptions, type LogPlaces } from './job-process.ts';
import { isRecord } from './shape-check.ts';
import {
  propertiesOf,
  readParameters,
  settingsOf,
  sizeOf,
  type JobSize,
  type SparkRequest,
} from './spark-request.ts';

export const serverlessStates: JobStates = {
  order: ['SUBMITTED', 'PENDING', 'SCHEDULED', 'RUNNING'],
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  cancelling: 'CANCELLING',
  cancelled: 'CANCELLED',
};

/** A job run of EMR Serverless as the service keeps it. */
export interface ServerlessRun {
  readonly id: string;
  readonly application: Application;
  readonly arn: string;
  readonly createdBy: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly life: JobLife;
  readonly process: JobProcess;
  readonly size: JobSize;
  tags: Record<string, string>;
  /** When it began to wait in the application's queue, and for how long it did. */
  queuedAtMs: number | undefined;
  queuedMs: number;
  /** What a cancel leaves the driver between TERM and KILL. */
  graceMs: number;
}

export const serverlessSummary = (run: ServerlessRun) => ({
  ...runFields(run),
  type: 'SparkSubmit',
});

/** What lists and descriptions both show. */
function runFields({ application, life, ...run }: ServerlessRun) {
  return {
    ...{ applicationId: application.id, id: run.id, arn: run.arn, createdBy: run.createdBy },
    ...definedOnly({ name: run.input['name'] }),
    ...{ mode: run.input['mode'] ?? 'BATCH', executionRole: run.input['executionRoleArn'] },
    ...{ state: life.state, stateDetails: life.details.slice(0, 256) },
    ...{ releaseLabel: application.releaseLabel, attempt: 1 },
    ...{ createdAt: new Date(life.createdAtMs), updatedAt: new Date(life.updatedAtMs) },
  };
}

/** What GetJobRun shows: the request again, and what it has used by now. */
export function serverlessDescription(run: ServerlessRun, account: Account) {
  const { id, ...summary } = runFields(run);
  const { input, life, application } = run;
  const endMs = life.endedAtMs ?? account.now();
  const ranMs = life.runningAtMs === undefined ? undefined : endMs - life.runningAtMs;
  return {
    ...{ ...summary, jobRunId: id, jobDriver: input['jobDriver'], tags: run.tags },
    ...definedOnly({
      configurationOverrides: input['configurationOverrides'],
      executionIamPolicy: input['executionIamPolicy'],
      retryPolicy: input['retryPolicy'],
      networkConfiguration: application.options.networkConfiguration,
    }),
    executionTimeoutMinutes: input['executionTimeoutMinutes'] ?? defaultTimeoutMinutes,
    queuedDurationMilliseconds: run.queuedMs,
    ...(ranMs !== undefined && {
      startedAt: new Date(life.runningAtMs ?? 0),
      totalExecutionDurationSeconds: Math.floor(ranMs / 1000),
      totalResourceUtilization: utilization(run.size, ranMs),
      // A worker is billed for a minute at least.
      billedResourceUtilization: utilization(run.size, Math.max(ranMs, account.minuteMs)),
    }),
    ...(life.endedAtMs !== undefined && { endedAt: new Date(life.endedAtMs) }),
  };
}

export const defaultTimeoutMinutes = 720;

function utilization({ vCpus, memoryGb, diskGb }: JobSize, ms: number) {
  const hours = ms / 3_600_000;
  return {
    ...{ vCPUHour: vCpus * hours, memoryGBHour: memoryGb * hours, storageGBHour: diskGb * hours },
  };
}

/** The spark-submit that a request stands for; throws where spark-submit would. */
export function serverlessRequest(
  input: Readonly<Record<string, unknown>>,
  application: Application,
): SparkRequest {
  const driver = isRecord(input['jobDriver']) ? input['jobDriver']['sparkSubmit'] : undefined;
  const overrides = input['configurationOverrides'];
  if (!isRecord(driver)) throw new Error('the job has no sparkSubmit driver');
  const args = driver['entryPointArguments'];
  const own = isRecord(overrides) ? overrides['applicationConfiguration'] : undefined;
  return {
    entryPoint: textOf(driver['entryPoint']),
    args: Array.isArray(args) ? args.map(String) : [],
    options: readParameters(textOf(driver['sparkSubmitParameters'])),
    defaults: {
      ...propertiesOf('spark-defaults', application.options.runtimeConfiguration),
      ...propertiesOf('spark-defaults', own),
    },
  };
}

/** The request with the values of the secrets that it names. */
export function withSecrets(request: SparkRequest, read: (name: string) => string): SparkRequest {
  const mark = 'EMR.secret@';
  return {
    ...request,
    defaults: Object.fromEntries(
      Object.entries(request.defaults).map(([key, value]) => [
        key,
        value.startsWith(mark) ? read(value.slice(mark.length)) : value,
      ]),
    ),
  };
}

/** Nothing of a request that cannot be read: its run fails later and holds nothing. */
export function serverlessSize(
  input: Readonly<Record<string, unknown>>,
  application: Application,
): JobSize {
  try {
    return sizeOf(settingsOf(serverlessRequest(input, application)));
  } catch {
    return { vCpus: 0, memoryGb: 0, diskGb: 0 };
  }
}

/** Variables that the job asks for its driver. */
export function serverlessEnvironment(request: SparkRequest): NodeJS.ProcessEnv {
  const prefix = 'spark.emr-serverless.driverEnv.';
  return Object.fromEntries(
    Object.entries(settingsOf(request))
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

export function serverlessProcess(
  id: string,
  account: Account,
  plan: ReturnType<Account['plans']['take']>,
): JobProcess {
  const failure = (exitCode: number, log: JobProcess['log']) =>
    `Job failed, please check complete logs in configured logging destination. ExitCode: ${exitCode}. Last few exceptions: ${lastExceptions(log, 3)}`;
  return new JobProcess({ id, account, plan, failure });
}

/** Where the driver's log goes, by the job's own monitoring or else by the application's. */
export function serverlessLogPlaces(
  id: string,
  application: Application,
  input: Readonly<Record<string, unknown>>,
): LogPlaces {
  const overrides = input['configurationOverrides'];
  const own = isRecord(overrides) ? overrides['monitoringConfiguration'] : undefined;
  const all = { ...application.options.monitoringConfiguration, ...(isRecord(own) ? own : {}) };
  const [s3, watch] = [all['s3MonitoringConfiguration'], all['cloudWatchLoggingConfiguration']];
  const path = (stream: string) =>
    `applications/${application.id}/jobs/${id}/SPARK_DRIVER/${stream}`;
  const logUri = isRecord(s3) ? s3['logUri'] : undefined;
  const prefix = isRecord(watch) ? watch['logStreamNamePrefix'] : undefined;
  return {
    ...(typeof logUri === 'string' && {
      s3: (stream: string) => `${logUri.replace(/\/$/, '')}/${path(stream)}.gz`,
    }),
    ...(isRecord(watch) &&
      watch['enabled'] === true && {
        cloudWatch: {
          group: textOf(watch['logGroupName']) || '/aws/emr-serverless',
          name: (stream: string) =>
            typeof prefix === 'string' ? `${prefix}/${path(stream)}` : path(stream),
        },
      }),
  };
}
