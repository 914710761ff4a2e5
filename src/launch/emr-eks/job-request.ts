import type {
  MonitoringConfiguration,
  StartJobRunCommandInput,
} from '@aws-sdk/client-emr-containers';
import type { EmrEksSpec } from '../../preset/cluster-spec.ts';
import { releaseProblem } from '../../preset/emr-releases.ts';
import { executionRoleSetting } from '../../preset/execution-role.ts';
import { jobName, jobTags } from '../aws/job-tags.ts';
import {
  awsRequestLimits,
  checkRole,
  checkRunRequest,
  divideSettings,
} from '../aws/request-limits.ts';
import { isPlainWord, submitParameters } from '../aws/submit-parameters.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { jobLabels, ownerAnnotations } from '../kubernetes/job-labels.ts';
import { hiddenSettings, type HiddenSettings } from './hidden-settings.ts';
import { fleetLabelOf } from './pod-labels.ts';

const limits = awsRequestLimits['emr-eks'];

/** EMR decides these itself, or they are of other kinds of clusters. */
const notForEmr =
  /^spark\.(?:master|submit\.deployMode|yarn\..*|emr\.execution\.role|driver\.(?:host|bindAddress)|torii\.engine\.(?:bind|advertised)\.host|kubernetes\.(?:namespace|context|authenticate\..*|submission\..*|driver\.(?:master|pod\.name|resourceNamePrefix)|executor\.podNamePrefix))$/;

export interface EnginePlan {
  /** What must be there before the request is sent. */
  readonly hidden: HiddenSettings;
  readonly request: StartJobRunCommandInput;
}

/**
 * One engine as a job run. What is secret goes another way, and the request says only where the engine finds it. Throws a
 * `SubmitError` (refused) that names key and limit for what EMR would refuse.
 */
export function enginePlan(job: EngineJob, spec: EmrEksSpec): EnginePlan {
  refuseSidecars(job);
  const roleArn = job.conf.get(executionRoleSetting) ?? '';
  checkRole(job, roleArn, limits);
  checkRelease(spec);
  const conf = new Map([...job.conf].filter(([key]) => !notForEmr.test(key)));
  if (!conf.has('spark.app.name')) conf.set('spark.app.name', job.appName);
  const hidden = hiddenSettings({ ...job, conf }, spec);
  const settings = new Map([...hidden.settings, ...podSettings(job, spec, conf)]);
  const order = (key: string, value: string): number => (isPlainWord(`${key}=${value}`) ? 1 : 0);
  const { properties, parameters } = divideSettings(settings, limits, order);
  const sparkSubmitParameters = submitParameters(job.main.mainClass, parameters);
  const name = jobName(job.fleet, job.tag);
  const tags = { ...Object.fromEntries(spec.tags), ...jobTags(job, limits) };
  const entryPoint = job.main.resource;
  checkRunRequest(limits, { name, tag: job.tag, entryPoint, sparkSubmitParameters, tags });
  return {
    hidden,
    request: {
      virtualClusterId: spec.virtualCluster,
      clientToken: job.tag,
      name,
      executionRoleArn: roleArn,
      ...(spec.releaseLabel === undefined ? {} : { releaseLabel: spec.releaseLabel }),
      ...templateOf(spec),
      jobDriver: {
        sparkSubmitJobDriver: { entryPoint, sparkSubmitParameters },
      },
      configurationOverrides: {
        applicationConfiguration: [
          { classification: 'spark-defaults', properties: Object.fromEntries(properties) },
        ],
        monitoringConfiguration: monitoring(spec),
      },
      tags,
      // No retryPolicyConfiguration: a second driver would come up as the engine of the same launch.
    },
  };
}

/** What makes the pods ours, and what the cluster gives them. */
function podSettings(
  job: EngineJob,
  spec: EmrEksSpec,
  conf: ReadonlyMap<string, string>,
): Map<string, string> {
  const settings = new Map<string, string>();
  const unlessGiven = (key: string, value: string | undefined): void => {
    if (value !== undefined && !conf.has(key)) settings.set(key, value);
  };
  unlessGiven('spark.kubernetes.container.image', spec.image);
  unlessGiven('spark.kubernetes.driver.podTemplateFile', spec.podTemplates.driver);
  unlessGiven('spark.kubernetes.executor.podTemplateFile', spec.podTemplates.executor);
  const labels = fleetLabelOf(jobLabels(job));
  for (const role of ['driver', 'executor']) {
    for (const [label, value] of Object.entries(labels)) {
      settings.set(`spark.kubernetes.${role}.label.${label}`, value);
    }
  }
  for (const [name, value] of Object.entries(ownerAnnotations(job.owner))) {
    settings.set(`spark.kubernetes.driver.annotation.${name}`, value);
  }
  return settings;
}

function templateOf({
  jobTemplate,
}: EmrEksSpec): Pick<StartJobRunCommandInput, 'jobTemplateId' | 'jobTemplateParameters'> {
  if (jobTemplate === undefined) return {};
  const { id, parameters } = jobTemplate;
  return {
    jobTemplateId: id,
    ...(parameters.size === 0 ? {} : { jobTemplateParameters: Object.fromEntries(parameters) }),
  };
}

function monitoring({ logs, persistentAppUi }: EmrEksSpec): MonitoringConfiguration {
  const { s3, cloudWatch } = logs;
  return {
    persistentAppUI: persistentAppUi ? 'ENABLED' : 'DISABLED',
    ...(s3 === undefined ? {} : { s3MonitoringConfiguration: { logUri: `${s3}/` } }),
    ...(cloudWatch === undefined
      ? {}
      : {
          cloudWatchMonitoringConfiguration: {
            logGroupName: cloudWatch.group,
            ...(cloudWatch.streamPrefix === undefined
              ? {}
              : { logStreamNamePrefix: cloudWatch.streamPrefix }),
          },
        }),
  };
}

function checkRelease({ releaseLabel }: EmrEksSpec): void {
  const problem = releaseLabel === undefined ? undefined : releaseProblem(releaseLabel);
  if (problem === undefined) return;
  throw new SubmitError('refused', problem, { hint: 'Name a later releaseLabel in the cluster.' });
}

function refuseSidecars({ sidecars }: EngineJob): void {
  const [first] = sidecars;
  if (first === undefined) return;
  throw new SubmitError(
    'refused',
    `the preset wants the container ${first.name} beside the driver, which EMR takes from a pod template alone`,
    { hint: 'Put it into the template that podTemplates.driver of the cluster names.' },
  );
}
