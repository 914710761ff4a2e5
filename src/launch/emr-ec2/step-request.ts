import type { AddJobFlowStepsCommandInput } from '@aws-sdk/client-emr';
import type { Settings } from '../../config/entry.ts';
import type { EmrEc2Spec } from '../../preset/cluster-spec.ts';
import { executionRoleSetting } from '../../preset/execution-role.ts';
import type { PlannedSecret } from '../aws/engine-secrets.ts';
import { jobName } from '../aws/job-tags.ts';
import { awsRequestLimits, checkLimit, checkRole, fitsLimit } from '../aws/request-limits.ts';
import { planSecretBundle } from '../aws/secret-bundle.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';
import { sidecarTrouble } from '../no-sidecars.ts';
import { jobTags } from '../yarn/job-tags.ts';
import { dropHostsOfGateway, listOf, queueOf } from '../yarn/submit-plan.ts';
import { endStepName } from './step-names.ts';

const limits = awsRequestLimits['emr-ec2'];

/** The step says these itself, or they are of other kinds of clusters. */
const notForStep =
  /^spark\.(?:master|submit\.deployMode|kubernetes\..*|emr-serverless\..*|emr\.execution\.role|(?:yarn|kerberos)\.(?:principal|keytab))$/;

const sharedRights =
  "lets all engines have the rights of the cluster's instance profile by instanceProfile: true";

/** What the engine reads when it is up already, and so may have from its secret. */
const readByEngine = /^spark\.(?:sql|kyuubi|torii)\./;

export interface StepPlan {
  /** What must be in Secrets Manager before the request is sent. */
  readonly secret: PlannedSecret;
  readonly request: AddJobFlowStepsCommandInput;
  readonly queue: string;
  /** ARN of the role under which the engine runs; empty: the cluster's instance profile. */
  readonly roleArn: string;
  /** For the launch log. */
  readonly notes: readonly string[];
}

/**
 * One engine as a step that runs spark-submit on the cluster. Secret settings, and what finds no room in the step, go into one
 * secret, which the engine reads. Throws a `SubmitError` (refused) that names setting and limit for what EMR would refuse.
 */
export function stepPlan(job: EngineJob, spec: EmrEc2Spec): StepPlan {
  const { service } = limits;
  const sidecars = sidecarTrouble(job.sidecars, 'on EMR on EC2');
  if (sidecars !== undefined) {
    throw new SubmitError('refused', sidecars.message, { hint: sidecars.hint });
  }
  // YARN makes tags lower case.
  if (!/^[a-z0-9-]{1,64}$/.test(job.tag)) {
    throw new SubmitError('refused', `${JSON.stringify(job.tag)} can't be a launch's tag`);
  }
  const roleArn = roleOf(job, spec);
  const conf = new Map(job.conf);
  const { tags, leftOut } = jobTags(job, listOf(conf.get('spark.yarn.tags')));
  const queue = queueOf(conf, spec);
  if (!conf.has('spark.app.name')) conf.set('spark.app.name', job.appName);
  conf.set('spark.yarn.queue', queue);
  conf.set('spark.yarn.tags', tags.join(','));
  conf.set('spark.yarn.submit.waitAppCompletion', 'false'); // else the step would hold one of the cluster's slots
  conf.set('spark.yarn.maxAppAttempts', '1'); // a second one would come up as the engine of the same launch
  for (const [name, value] of job.environment) conf.set(`spark.yarn.appMasterEnv.${name}`, value);
  const unbound = dropHostsOfGateway(conf);
  for (const key of [...conf.keys()]) if (notForStep.test(key)) conf.delete(key);

  const { secret, settings, moved } = divided({ ...job, conf }, spec);
  const args = argsOf(job, settings);
  for (const [key, value] of settings) {
    checkLimit(service, key, `${key}=${value}`, limits.propertyValue);
  }
  checkLimit(service, 'the engine jar', job.main.resource, limits.entryPoint);
  const name = jobName(job.fleet, job.tag);
  checkLimit(service, 'the name', name, limits.name);
  checkLimit(
    service,
    'all settings of the step together, without those that are secret or that the engine can read later,',
    textOf(args),
    limits.submitParameters,
  );
  return {
    secret,
    request: {
      JobFlowId: spec.cluster,
      Steps: [step(name, args)],
      ...(roleArn === '' ? {} : { ExecutionRoleArn: roleArn }),
    },
    queue,
    roleArn,
    notes: [
      ...(leftOut.length === 0
        ? []
        : [
            `YARN takes no more than 10 short tags, and torii- begins the gateway's own; left out: ${leftOut.join(', ')}`,
          ]),
      ...unbound.map((key) => `${key} is ignored: YARN decides on which host the driver runs`),
      ...(moved === 0
        ? []
        : [
            `a step has room for ${limits.submitParameters.max} characters: the engine reads ${moved} settings from its secret`,
          ]),
    ],
  };
}

/** A step that ends an application where the resource manager can't be reached. */
export function endRequest(
  spec: EmrEc2Spec,
  fleet: string,
  tag: LaunchTag,
  applicationId: string,
): AddJobFlowStepsCommandInput {
  const args = ['yarn', 'application', '-kill', applicationId];
  return { JobFlowId: spec.cluster, Steps: [step(endStepName(fleet, tag), args)] };
}

const runner = 'command-runner.jar';

function step(name: string, args: readonly string[]) {
  return {
    Name: name,
    // Whatever becomes of an engine, the cluster and its other steps are not to suffer.
    ActionOnFailure: 'CONTINUE' as const,
    HadoopJarStep: { Jar: runner, Args: [...args] },
  };
}

/** No shell reads them: nothing is quoted. */
function argsOf({ main }: EngineJob, settings: Settings): readonly string[] {
  return [
    ...['spark-submit', '--master', 'yarn', '--deploy-mode', 'cluster'],
    ...['--class', main.mainClass],
    ...[...settings].flatMap(([key, value]) => ['--conf', `${key}=${value}`]),
    main.resource,
  ];
}

/** EMR counts all that stands in a step. */
function textOf(args: readonly string[]): string {
  return [runner, ...args].join('');
}

/** What does not fit into a step goes the way of the secrets, the longest first, as far as the engine can have it that way. */
function divided(job: EngineJob, spec: EmrEc2Spec) {
  const isMoved = new Set<string>();
  const planned = () =>
    planSecretBundle({ ...job, isSecret: (key) => job.isSecret(key) || isMoved.has(key) }, spec);
  let plan = planned();
  const movable = [...plan.settings]
    .filter(([key]) => readByEngine.test(key) && job.conf.has(key))
    .toSorted(([, one], [, other]) => other.length - one.length);
  for (const [key, value] of movable) {
    // spark-submit's script drops carriage returns.
    if (!fitsLimit(`${key}=${value}`, limits.propertyValue) || value.includes('\r'))
      isMoved.add(key);
  }
  let excess = textOf(argsOf(job, plan.settings)).length - limits.submitParameters.max;
  for (const [key, value] of movable) {
    if (excess <= 0) break;
    isMoved.add(key);
    excess -= `--conf${key}=${value}`.length;
  }
  if (isMoved.size > 0) plan = planned();
  return { ...plan, moved: isMoved.size };
}

function roleOf(job: EngineJob, spec: EmrEc2Spec): string {
  const roleArn = job.conf.get(executionRoleSetting) ?? '';
  if (roleArn === '' && spec.instanceProfile) return '';
  checkRole(job, roleArn, limits, sharedRights);
  return roleArn;
}
