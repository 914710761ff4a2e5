import type { Account } from './account.ts';
import { definedOnly } from './defined-only.ts';
import { textOf } from './input-text.ts';
import type { JobLife, JobPlan, JobStates } from './job-life.ts';
import { JobProcess, lastExceptions, type LogPlaces } from './job-process.ts';
import { isRecord } from './shape-check.ts';
import { propertiesOf, readParameters, type SparkRequest } from './spark-request.ts';

export const containersStates: JobStates = {
  order: ['PENDING', 'SUBMITTED', 'RUNNING'],
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelling: 'CANCEL_PENDING',
  cancelled: 'CANCELLED',
};

type Input = Readonly<Record<string, unknown>>;

/** A job run of EMR on EKS as the service keeps it. */
export interface ContainersRun {
  readonly id: string;
  readonly clusterId: string;
  readonly arn: string;
  readonly createdBy: string;
  /** As it was sent. */
  readonly input: Input;
  /** With what its template adds. */
  readonly content: Input;
  readonly life: JobLife;
  readonly process: JobProcess;
}

export function containersDescription({ life, ...run }: ContainersRun) {
  const { content, input } = run;
  return {
    ...{ id: run.id, virtualClusterId: run.clusterId, arn: run.arn, createdBy: run.createdBy },
    ...{ state: life.state, clientToken: input['clientToken'], tags: input['tags'] ?? {} },
    createdAt: new Date(life.createdAtMs),
    ...definedOnly({
      name: input['name'],
      executionRoleArn: content['executionRoleArn'],
      releaseLabel: content['releaseLabel'],
      configurationOverrides: content['configurationOverrides'],
      jobDriver: content['jobDriver'],
      retryPolicyConfiguration: input['retryPolicyConfiguration'],
      failureReason: life.failureReason,
      stateDetails: life.details === '' ? undefined : life.details.slice(0, 256),
    }),
    ...(life.endedAtMs !== undefined && { finishedAt: new Date(life.endedAtMs) }),
  };
}

/** The spark-submit that the service's job submitter makes of a request; throws where that would. */
export function containersRequest(content: Input): SparkRequest {
  const driver = isRecord(content['jobDriver']) ? content['jobDriver'] : {};
  const submit = driver['sparkSubmitJobDriver'];
  if (!isRecord(submit)) throw new Error('the job has no sparkSubmitJobDriver');
  const overrides = content['configurationOverrides'];
  const args = submit['entryPointArguments'];
  const own = isRecord(overrides) ? overrides['applicationConfiguration'] : undefined;
  return {
    entryPoint: textOf(submit['entryPoint']),
    args: Array.isArray(args) ? args.map(String) : [],
    options: readParameters(textOf(submit['sparkSubmitParameters'])),
    defaults: propertiesOf('spark-defaults', own),
  };
}

export function containersProcess(id: string, account: Account, plan: JobPlan): JobProcess {
  const failure = (_exitCode: number, log: JobProcess['log']) =>
    `JobRun failed. Main Spark container terminated with errors. Last error seen in logs - ${lastExceptions(log, 1)}`;
  return new JobProcess({ id, account, plan, failure, failureReason: 'USER_ERROR' });
}

/** Where the driver's log goes, by the job's monitoring configuration. */
export function containersLogPlaces(id: string, clusterId: string, content: Input): LogPlaces {
  const overrides = content['configurationOverrides'];
  const all = isRecord(overrides) ? overrides['monitoringConfiguration'] : undefined;
  if (!isRecord(all)) return {};
  const [s3, watch] = [all['s3MonitoringConfiguration'], all['cloudWatchMonitoringConfiguration']];
  const path = (stream: string) =>
    `${clusterId}/jobs/${id}/containers/spark-${id}/spark-${id}-driver/${stream}`;
  const logUri = isRecord(s3) ? textOf(s3['logUri']).replace(/\/$/, '') : '';
  const prefix = isRecord(watch) ? textOf(watch['logStreamNamePrefix']) : '';
  return {
    ...(logUri !== '' && { s3: (stream: string) => `${logUri}/${path(stream)}.gz` }),
    ...(isRecord(watch) && {
      cloudWatch: {
        group: textOf(watch['logGroupName']),
        name: (stream: string) => (prefix === '' ? path(stream) : `${prefix}/${path(stream)}`),
      },
    }),
  };
}
