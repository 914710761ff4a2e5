import {
  type Application,
  EMRServerlessClient,
  GetApplicationCommand,
} from '@aws-sdk/client-emr-serverless';
import type { Environment } from '../../config/environment.ts';
import { type Finding, failed, ok, unknown, warning } from '../../core/finding.ts';
import type { EmrServerlessSpec } from '../../preset/cluster-spec.ts';
import { clientSettings } from '../aws/aws-calls.ts';
import type { AwsQuestions, Identity } from '../aws/aws-questions.ts';
import { logNeeds, secretNeeds } from '../aws/gateway-needs.ts';
import { identityCheck } from '../aws/identity-check.ts';
import { networkFindings } from '../aws/network-check.ts';
import { jarFinding, keyFinding, logFindings } from '../aws/place-check.ts';
import { releaseFinding } from '../aws/release-check.ts';
import { type Need, ownRights, roleRights } from '../aws/rights-check.ts';
import { roleFinding } from '../aws/role-check.ts';
import { SdkQuestions } from '../aws/sdk-questions.ts';
import { emrTrouble } from '../aws/untold.ts';
import type { CheckFacts, ClusterCheck } from '../cluster-check.ts';
import { defaultGroup } from './log-places.ts';

const service = 'emr-serverless.amazonaws.com';

/** What can be seen of a cluster of EMR Serverless before an engine is started there. */
export function serverlessChecks(
  spec: EmrServerlessSpec,
  facts: CheckFacts,
  environment: Environment,
): readonly ClusterCheck[] {
  const ask = new SdkQuestions(spec, environment);
  const emr = new EMRServerlessClient(clientSettings(spec));
  const applications = new Map(
    spec.applications.map((id) => {
      const get = async (signal: AbortSignal): Promise<Application> => {
        const command = new GetApplicationCommand({ applicationId: id });
        const { application } = await emr.send(command, { abortSignal: signal });
        return application ?? ({} as Application); // the model has it in every answer
      };
      return [id, get];
    }),
  );
  return serverlessChecksBy(spec, facts, ask, applications);
}

type GetApplication = (signal: AbortSignal) => Promise<Application>;

/** As `serverlessChecks`, by whoever answers. */
export function serverlessChecksBy(
  spec: EmrServerlessSpec,
  facts: CheckFacts,
  ask: AwsQuestions,
  applications: ReadonlyMap<string, GetApplication>,
): readonly ClusterCheck[] {
  return [
    identityCheck(ask),
    ...[...applications].map(([id, get]) => applicationCheck(id, get, spec, facts, ask)),
    { what: 'roles', run: (signal) => rolesFindings(spec, facts, ask, signal) },
    { what: 'rights of the gateway', run: (signal) => rightsFindings(spec, facts, ask, signal) },
    {
      what: 'engine jar',
      run: async (signal) => [await jarFinding(spec.engineJar, ask, signal)],
    },
    { what: 'logs', run: (signal) => logFindings(spec.logs, defaultGroup, ask, signal) },
    {
      what: 'key',
      run: () => Promise.resolve([keyFinding(spec.secretsKmsKey, service)]),
    },
  ];
}

function applicationCheck(
  id: string,
  get: GetApplication,
  spec: EmrServerlessSpec,
  facts: CheckFacts,
  ask: AwsQuestions,
): ClusterCheck {
  const check = `application ${id}`;
  return {
    what: check,
    run: async (signal) => {
      let application: Application;
      try {
        application = await get(signal);
      } catch (thrown) {
        return [
          emrTrouble(check, thrown, {
            ...{ place: spec, service: 'EMR Serverless', right: 'emr-serverless:GetApplication' },
            missing: `${spec.region} has no such application`,
            hint: 'Correct `applications` or `region` of the cluster.',
          }),
        ];
      }
      return [
        ...applicationFindings(check, application, spec.release),
        ...(await placeFindings(check, application, facts, ask, signal)),
      ];
    },
  };
}

/** What the application says of itself. */
export function applicationFindings(
  check: string,
  application: Application,
  release?: string,
): readonly Finding[] {
  const { type = '', releaseLabel = '' } = application;
  const findings: Finding[] = [stateFinding(check, application)];
  if (!/^spark$/i.test(type)) {
    findings.push(
      failed(`${check} type`, `it is for ${type}`, 'Name an application of type Spark.'),
    );
  }
  findings.push(releaseFinding(`${check} release`, releaseLabel, `, type ${type}`, release));
  findings.push(capacityFinding(`${check} capacity`, application));
  return findings;
}

function stateFinding(check: string, application: Application): Finding {
  const { state = '', stateDetails, autoStartConfiguration } = application;
  const details = stateDetails?.trim() ? `: ${stateDetails.trim()}` : '';
  switch (state) {
    case 'STARTED':
      return ok(check, 'it is STARTED');
    case 'CREATED':
    case 'STOPPED': {
      const starter = autoStartConfiguration?.enabled === false ? 'the gateway' : 'the first job';
      return ok(check, `it is ${state}: ${starter} starts it, which takes a minute or two`);
    }
    case 'CREATING':
    case 'STARTING':
    case 'STOPPING':
      return warning(check, `it is ${state}${details}`, 'Look again in a minute.');
    default:
      return failed(check, `it is ${state}${details}`, 'Name another application in the cluster.');
  }
}

function capacityFinding(check: string, application: Application): Finding {
  const { maximumCapacity: most, initialCapacity, schedulerConfiguration } = application;
  const held = Object.keys(initialCapacity ?? {}).length > 0 ? ', some of it kept warm' : '';
  const runs = schedulerConfiguration?.maxConcurrentRuns;
  const queue = runs === undefined ? '' : `; further than ${runs} runs wait in its queue`;
  if (most === undefined) {
    return ok(check, `no maximum of its own: the account's quota of vCPUs counts${held}${queue}`);
  }
  const cpus = Number(/^\s*([\d.]+)/.exec(most.cpu ?? '')?.[1]);
  const seen = `${most.cpu} and ${most.memory} at most${held}${queue}`;
  // The smallest driver and executor that EMR Serverless makes by itself have four vCPUs each.
  if (cpus < 8) {
    return warning(
      check,
      `${seen}: less than a driver and an executor take unless they are made small`,
      'Raise maximumCapacity, or set spark.driver.cores and spark.executor.cores.',
    );
  }
  return ok(check, seen);
}

async function placeFindings(
  what: string,
  { networkConfiguration }: Application,
  facts: CheckFacts,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { subnetIds = [], securityGroupIds = [] } = networkConfiguration ?? {};
  if (subnetIds.length === 0 || securityGroupIds.length === 0) {
    return [
      failed(
        `${what} network`,
        'it has no subnets and security groups: its engines are where the gateway does not reach them',
        'Give the application a network configuration with private subnets of your VPC.',
      ),
    ];
  }
  return networkFindings({ what, subnetIds, securityGroupIds }, facts, ask, signal);
}

async function rolesFindings(
  spec: EmrServerlessSpec,
  { executionRoles }: CheckFacts,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (executionRoles.length === 0) {
    return [
      failed(
        'roles',
        'the cluster names no execution role, so that every launch is refused',
        'Set `executionRole` of the cluster, or roles with one each.',
      ),
    ];
  }
  const { account, partition } = await ask
    .identity(signal)
    .catch((): Identity => ({ account: '', arn: '', partition: 'aws' }));
  const findings: Finding[] = [];
  for (const role of executionRoles) {
    const hint = `Let ${service} do sts:AssumeRole in its trust policy.`;
    const arn = `arn:${partition}:emr-serverless:${spec.region}:${account}:/applications/`;
    const looks: Finding[] = [];
    for (const id of spec.applications) {
      const need = { kind: 'service', service, account, sourceArn: `${arn}${id}` } as const;
      looks.push(await roleFinding(role, need, hint, ask, signal));
    }
    // A condition may be for one application and not for another: launches go to all of them.
    const trouble = (['failed', 'unknown'] as const).flatMap((one) =>
      looks.filter(({ verdict }) => verdict === one),
    );
    findings.push(...[...trouble, ...looks].slice(0, 1));
    if (spec.engineJar.startsWith('s3')) {
      const jar = spec.engineJar.replace(/^s3[an]?:\/\//, `arn:${partition}:s3:::`);
      const jarNeed = { check: `role ${role}`, actions: ['s3:GetObject'], resource: jar };
      findings.push(...(await roleRights(role, jarNeed, ask, signal)));
    }
  }
  return findings;
}

async function rightsFindings(
  spec: EmrServerlessSpec,
  { executionRoles }: CheckFacts,
  ask: AwsQuestions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  let identity: Identity;
  try {
    identity = await ask.identity(signal);
  } catch {
    return [unknown('rights of the gateway', 'nobody knows who the gateway is')];
  }
  return ownRights(gatewayNeeds(spec, executionRoles, identity), ask, signal);
}

/** What docs/emr.md lists, by the resource. */
export function gatewayNeeds(
  spec: EmrServerlessSpec,
  executionRoles: readonly string[],
  { account, partition }: Pick<Identity, 'account' | 'partition'>,
): readonly Need[] {
  const check = 'rights of the gateway';
  const emr = (name: string): string => `emr-serverless:${name}`;
  const { region, logs, secretsKmsKey } = spec;
  const place = `${region}:${account}`;
  const where = { region, account, partition };
  return [
    ...spec.applications.flatMap((id): Need[] => {
      const arn = `arn:${partition}:emr-serverless:${place}:/applications/${id}`;
      const ofApplication = ['StartJobRun', 'ListJobRuns', 'GetApplication', 'StartApplication'];
      const ofRun = ['GetJobRun', 'CancelJobRun', 'GetDashboardForJobRun', 'TagResource'];
      return [
        { check, actions: ofApplication.map(emr), resource: arn },
        { check, actions: ofRun.map(emr), resource: `${arn}/jobruns/any` },
      ];
    }),
    ...executionRoles.map((role) => ({
      check: `${check} to pass roles`,
      actions: ['iam:PassRole'],
      resource: role,
      context: { 'iam:PassedToService': service },
    })),
    ...secretNeeds(where, secretsKmsKey),
    ...logNeeds(where, logs, defaultGroup),
  ];
}
