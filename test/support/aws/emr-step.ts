import type { Account } from './account.ts';
import { definedOnly } from './defined-only.ts';
import type { Cluster } from './emr-cluster.ts';
import { textOf } from './input-text.ts';
import type { JobLife, JobPlan, JobStates } from './job-life.ts';
import { JobProcess } from './job-process.ts';
import { isRecord } from './shape-check.ts';
import { readCommandLine, settingsOf, type SparkRequest } from './spark-request.ts';

export const stepStates: JobStates = {
  order: ['PENDING', 'RUNNING'],
  succeeded: 'COMPLETED',
  failed: 'FAILED',
  cancelling: 'CANCEL_PENDING',
  cancelled: 'CANCELLED',
};

type Input = Readonly<Record<string, unknown>>;

/** A step of EMR on EC2 as the service keeps it. */
export interface Step {
  readonly id: string;
  readonly cluster: Cluster;
  /** The StepConfig as it was sent. */
  readonly input: Input;
  readonly executionRoleArn: string | undefined;
  readonly life: JobLife;
  readonly process: JobProcess;
}

export function stepSummary({ id, input, life, cluster }: Step): Record<string, unknown> {
  const jar = isRecord(input['HadoopJarStep']) ? input['HadoopJarStep'] : {};
  const properties = Array.isArray(jar['Properties']) ? jar['Properties'].filter(isRecord) : [];
  const hasFailed = life.state === 'FAILED';
  return {
    ...{ Id: id, Name: input['Name'] },
    ActionOnFailure: input['ActionOnFailure'] ?? 'TERMINATE_CLUSTER',
    Config: definedOnly({
      ...{ Jar: jar['Jar'], MainClass: jar['MainClass'], Args: jar['Args'] ?? [] },
      Properties: Object.fromEntries(
        properties.map(({ Key, Value }) => [textOf(Key), textOf(Value)]),
      ),
    }),
    Status: {
      State: life.state,
      StateChangeReason: life.details !== '' && !hasFailed ? { Message: life.details } : {},
      ...(hasFailed && {
        FailureDetails: definedOnly({
          ...{ Reason: life.failureReason ?? 'Unknown Error.', Message: life.details },
          LogFile:
            cluster.logUri === undefined ? undefined : `${cluster.logUri}/${stepLog(id)}stderr.gz`,
        }),
      }),
      Timeline: definedOnly({
        CreationDateTime: new Date(life.createdAtMs),
        StartDateTime: timeOf(life.runningAtMs),
        EndDateTime: timeOf(life.endedAtMs),
      }),
    },
  };
}

export const stepDescription = (step: Step): Record<string, unknown> => ({
  ...stepSummary(step),
  ...definedOnly({ ExecutionRoleArn: step.executionRoleArn }),
});

/** Where a step's streams stand below the log folder of its cluster. */
export const stepLog = (id: string) => `steps/${id}/`;

export function stepProcess(id: string, account: Account, plan: JobPlan): JobProcess {
  const failure = (exitCode: number) => `Command exiting with ret '${exitCode}'`;
  return new JobProcess({ id, account, plan, failure, failureReason: 'Unknown Error.' });
}

/** What a step runs: a spark-submit, an end for a YARN application, or what only the real service can run. */
export type StepCommand =
  | { readonly kind: 'spark'; readonly request: SparkRequest; readonly waits: boolean }
  | { readonly kind: 'yarn-kill'; readonly application: string }
  | { readonly kind: 'other' };

export function stepCommand(input: Input): StepCommand {
  const jar = isRecord(input['HadoopJarStep']) ? input['HadoopJarStep'] : {};
  const args = Array.isArray(jar['Args']) ? jar['Args'].map(String) : [];
  if (jar['Jar'] !== 'command-runner.jar') return { kind: 'other' };
  if (args[0] === 'spark-submit') {
    const request = readCommandLine(args.slice(1));
    const waits = settingsOf(request)['spark.yarn.submit.waitAppCompletion'] !== 'false';
    return { kind: 'spark', request, waits };
  }
  const [program, noun, verb, application = ''] = args;
  if (program === 'yarn' && noun === 'application' && verb === '-kill')
    return { kind: 'yarn-kill', application };
  return { kind: 'other' };
}

const timeOf = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms));
