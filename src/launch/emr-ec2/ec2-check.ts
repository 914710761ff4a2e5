import {
  type Cluster,
  DescribeClusterCommand,
  DescribeSecurityConfigurationCommand,
  EMRClient,
  ListStepsCommand,
} from '@aws-sdk/client-emr';
import { z } from 'zod';
import { reasonOf } from '../../core/errors.ts';
import type { Environment } from '../../config/environment.ts';
import { type Finding, failed, ok, unknown, warning } from '../../core/finding.ts';
import type { AwsPlace, EmrLogs } from '../../preset/cluster-spec.ts';
import { clientSettings } from '../aws/aws-calls.ts';
import type { AwsQuestions, Identity } from '../aws/aws-questions.ts';
import { logNeeds, secretNeeds } from '../aws/gateway-needs.ts';
import { identityCheck } from '../aws/identity-check.ts';
import { networkFindings } from '../aws/network-check.ts';
import { jarFinding, logFindings } from '../aws/place-check.ts';
import { releaseFinding } from '../aws/release-check.ts';
import { type Need, ownRights } from '../aws/rights-check.ts';
import { roleFinding } from '../aws/role-check.ts';
import { SdkQuestions } from '../aws/sdk-questions.ts';
import { emrTrouble, untold } from '../aws/untold.ts';
import type { CheckFacts, ClusterCheck } from '../cluster-check.ts';

/** What of a cluster of EMR on EC2 is looked at. */
export interface Ec2Place extends AwsPlace {
  /** `j-...`. */
  readonly cluster: string;
  readonly engineJar: string;
  /** What the file says of the release. */
  readonly release?: string | undefined;
  /** Web addresses; undefined or empty: on the cluster's own master. */
  readonly resourceManagers?: readonly string[] | undefined;
  /** `user.name` for the resource manager. */
  readonly apiUser?: string | undefined;
  readonly logs: EmrLogs;
  readonly secretsKmsKey: string | undefined;
  /** Engines without a role of their own may have that of the cluster's instances. */
  readonly instanceProfile: boolean;
}

/** What is asked of EMR and of the cluster's YARN. */
export interface Ec2Questions {
  cluster(signal: AbortSignal): Promise<Cluster>;
  /** Steps that wait or run. */
  openSteps(signal: AbortSignal): Promise<number>;
  /** JSON of a security configuration. */
  securityConfiguration(name: string, signal: AbortSignal): Promise<string>;
  /** HTTP status of the resource manager's page about the cluster. */
  manager(address: string, signal: AbortSignal): Promise<number>;
}

/** EMR takes no more steps that wait or run. */
const mostSteps = 256;
/** From so many on there is something to know. */
const manySteps = 200;
const managerLimitMs = 10_000;

/** What can be seen of a cluster of EC2 instances before an engine is started there. */
export function ec2Checks(
  spec: Ec2Place,
  facts: CheckFacts,
  environment: Environment,
): readonly ClusterCheck[] {
  return ec2ChecksBy(spec, facts, new SdkQuestions(spec, environment), questionsOf(spec));
}

/** As `ec2Checks`, by whoever answers. */
export function ec2ChecksBy(
  spec: Ec2Place,
  facts: CheckFacts,
  ask: AwsQuestions,
  emr: Ec2Questions,
): readonly ClusterCheck[] {
  const check = `cluster ${spec.cluster}`;
  let asked: Promise<Cluster> | undefined;
  const described = (signal: AbortSignal): Promise<Cluster> => (asked ??= emr.cluster(signal));
  /** Nothing where the cluster was not told: that is told once. */
  const withCluster =
    (look: (cluster: Cluster, signal: AbortSignal) => Promise<readonly Finding[]>) =>
    async (signal: AbortSignal): Promise<readonly Finding[]> => {
      const cluster = await described(signal).catch(() => undefined);
      return cluster === undefined ? [] : look(cluster, signal);
    };
  return [
    identityCheck(ask),
    {
      what: check,
      run: (signal) =>
        described(signal).then(
          (cluster) => clusterFindings(check, cluster, spec.release),
          (thrown: unknown) => [
            emrTrouble(check, thrown, {
              place: spec,
              service: 'EMR',
              right: 'elasticmapreduce:DescribeCluster',
              missing: `${spec.region} has no such cluster`,
              hint: 'Correct `cluster` or `region` of the cluster.',
            }),
          ],
        ),
    },
    { what: 'steps', run: async (signal) => [await stepsFinding(emr, signal)] },
    {
      what: 'roles',
      run: withCluster((cluster, signal) => rolesFindings(cluster, spec, facts, ask, emr, signal)),
    },
    {
      what: 'rights of the gateway',
      run: async (signal) => {
        const identity = await ask.identity(signal).catch(() => undefined);
        if (identity === undefined) {
          return [unknown('rights of the gateway', 'nobody knows who the gateway is')];
        }
        return ownRights(ec2Needs(spec, facts.executionRoles, identity), ask, signal);
      },
    },
    {
      what: 'resource manager',
      run: withCluster((cluster, signal) => managers(spec, cluster, emr, signal)),
    },
    { what: 'engine jar', run: async (signal) => [await jarFinding(spec.engineJar, ask, signal)] },
    {
      what: 'logs',
      run: async (signal) => {
        const told = (await described(signal).catch(() => undefined))?.LogUri;
        const s3 = spec.logs.s3 ?? told?.replace(/^s3[an]:/, 's3:');
        return logFindings({ ...spec.logs, s3 }, undefined, ask, signal);
      },
    },
    {
      what: 'network',
      run: withCluster((cluster, signal) => {
        const place = cluster.Ec2InstanceAttributes ?? {};
        const groups = [
          place.EmrManagedSlaveSecurityGroup,
          ...(place.AdditionalSlaveSecurityGroups ?? []),
        ].filter((id) => id !== undefined);
        const subnet = place.Ec2SubnetId;
        if (subnet === undefined || groups.length === 0) {
          return Promise.resolve([unknown('network', 'EMR does not tell its subnet and groups')]);
        }
        const network = { what: check, subnetIds: [subnet], securityGroupIds: groups };
        return networkFindings(network, facts, ask, signal);
      }),
    },
  ];
}

/** What the cluster says of itself. */
function clusterFindings(
  check: string,
  cluster: Cluster,
  expected: string | undefined,
): readonly Finding[] {
  const { Status: status, ReleaseLabel: release = '', Applications: applications = [] } = cluster;
  const state = status?.State ?? 'unknown';
  const why = status?.StateChangeReason?.Message?.trim();
  const seen = `it is ${state}${why ? `: ${why}` : ''}`;
  const hasSpark = applications.some(({ Name }) => Name?.toLowerCase() === 'spark');
  const isComing = state === 'STARTING' || state === 'BOOTSTRAPPING';
  return [
    state === 'RUNNING' || state === 'WAITING'
      ? ok(check, seen)
      : isComing
        ? warning(check, seen, 'Steps wait until it is up: look again in some minutes.')
        : failed(check, seen, 'Start another cluster, and name that.'),
    releaseFinding(`${check} release`, release, '', expected),
    hasSpark
      ? ok(`${check} applications`, 'Spark is among them')
      : failed(`${check} applications`, 'Spark is not among them', 'Start a cluster with Spark.'),
  ];
}

async function stepsFinding(emr: Ec2Questions, signal: AbortSignal): Promise<Finding> {
  try {
    const open = await emr.openSteps(signal);
    const seen = `${open} of at most ${mostSteps} wait or run`;
    if (open >= mostSteps) return failed('steps', seen, 'Cancel steps, or let them end.');
    return open >= manySteps
      ? warning('steps', seen, 'Cancel what nobody needs.')
      : ok('steps', seen);
  } catch (thrown) {
    return untold('steps', thrown, 'elasticmapreduce:ListSteps');
  }
}

const scopedRoles = z.object({
  AuthorizationConfiguration: z.object({
    IAMConfiguration: z.object({ EnableApplicationScopedIAMRole: z.boolean() }),
  }),
});

async function rolesFindings(
  cluster: Cluster,
  { instanceProfile }: Ec2Place,
  { executionRoles }: CheckFacts,
  ask: AwsQuestions,
  emr: Ec2Questions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const check = 'runtime roles';
  if (executionRoles.length === 0 && !instanceProfile) {
    return [
      failed(
        check,
        'the cluster names none, so that every launch is refused',
        'Set `executionRole` of the cluster, or `instanceProfile: true` for engines with the rights of its instances.',
      ),
    ];
  }
  if (executionRoles.length === 0) {
    return [
      warning(check, "none are named: all engines have the rights of the cluster's instances"),
    ];
  }
  const { SecurityConfiguration: configuration = '' } = cluster;
  const hint =
    'Start the cluster with a security configuration that has EnableApplicationScopedIAMRole.';
  if (configuration === '') {
    return [failed(check, 'the cluster has no security configuration that allows them', hint)];
  }
  let allows: Finding;
  try {
    const text = await emr.securityConfiguration(configuration, signal);
    const parsed = scopedRoles.safeParse(JSON.parse(text));
    const isOn =
      parsed.data?.AuthorizationConfiguration.IAMConfiguration.EnableApplicationScopedIAMRole;
    allows =
      isOn === true
        ? ok(check, `the security configuration ${configuration} allows them`)
        : failed(check, `the security configuration ${configuration} does not allow them`, hint);
  } catch (thrown) {
    allows = untold(check, thrown, 'elasticmapreduce:DescribeSecurityConfiguration');
  }
  const profile = cluster.Ec2InstanceAttributes?.IamInstanceProfile;
  if (profile === undefined) {
    return [allows, unknown('roles', "whom they have to trust was not told: the instances' role")];
  }
  const findings = [allows];
  for (const role of executionRoles) {
    const account = role.split(':')[4] ?? '';
    // The profile has its role's name unless somebody made the two apart.
    const arn = role.replace(/:role\/.*$/, `:role/${profile.split('/').at(-1)}`);
    const need = { kind: 'role', arn, account } as const;
    const trust = `Let ${arn} do sts:AssumeRole and sts:TagSession in its trust policy.`;
    findings.push(await roleFinding(role, need, trust, ask, signal));
  }
  return findings;
}

async function managers(
  spec: Ec2Place,
  cluster: Cluster,
  emr: Ec2Questions,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const own = cluster.MasterPublicDnsName;
  const named = spec.resourceManagers ?? [];
  const addresses = named.length > 0 ? named : own === undefined ? [] : [`http://${own}:8088`];
  if (addresses.length === 0) {
    return [unknown('resource manager', 'EMR does not tell its address yet')];
  }
  return Promise.all(
    addresses.map(async (address): Promise<Finding> => {
      const check = `resource manager ${address}`;
      const hint =
        'Let the gateway reach it (security group of the master, port 8088): without it engines are ended by steps.';
      try {
        const status = await emr.manager(address, signal);
        if (status < 400) return ok(check, 'it answers');
        return failed(check, `it answers with ${status}`, 'Check `apiUser` of the cluster.');
      } catch (thrown) {
        signal.throwIfAborted();
        const cause =
          thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
        const text = reasonOf(cause);
        return warning(check, `it does not answer: ${text}`, hint);
      }
    }),
  );
}

/** What the gateway has to be allowed, by the resource. */
function ec2Needs(
  spec: Ec2Place,
  roles: readonly string[],
  { account, partition }: Pick<Identity, 'account' | 'partition'>,
): readonly Need[] {
  const check = 'rights of the gateway';
  const actions = ['AddJobFlowSteps', 'ListSteps', 'CancelSteps', 'DescribeCluster'];
  const where = { region: spec.region, account, partition };
  return [
    {
      check,
      actions: actions.map((name) => `elasticmapreduce:${name}`),
      resource: `arn:${partition}:elasticmapreduce:${spec.region}:${account}:cluster/${spec.cluster}`,
    },
    ...roles.map((role) => ({
      check: `${check} to pass roles`,
      actions: ['iam:PassRole'],
      resource: role,
    })),
    ...secretNeeds(where, spec.secretsKmsKey),
    ...logNeeds(where, { ...spec.logs, cloudWatch: undefined }, undefined), // steps log to S3 alone
  ];
}

function questionsOf(spec: Ec2Place): Ec2Questions {
  const emr = new EMRClient(clientSettings(spec));
  const { cluster: id } = spec;
  return {
    cluster: async (signal) => {
      const command = new DescribeClusterCommand({ ClusterId: id });
      return (await emr.send(command, { abortSignal: signal })).Cluster ?? {};
    },
    openSteps: async (signal) => {
      let count = 0;
      let marker: string | undefined;
      do {
        const page = await emr.send(
          new ListStepsCommand({
            ...{ ClusterId: id, StepStates: ['PENDING', 'CANCEL_PENDING', 'RUNNING'] },
            ...(marker === undefined ? {} : { Marker: marker }),
          }),
          { abortSignal: signal },
        );
        count += page.Steps?.length ?? 0;
        marker = page.Marker;
      } while (marker !== undefined);
      return count;
    },
    securityConfiguration: async (name, signal) => {
      const command = new DescribeSecurityConfigurationCommand({ Name: name });
      return (await emr.send(command, { abortSignal: signal })).SecurityConfiguration ?? '';
    },
    manager: async (address, signal) => {
      const user = encodeURIComponent(spec.apiUser ?? 'hadoop');
      const answer = await fetch(`${address}/ws/v1/cluster/info?user.name=${user}`, {
        headers: { accept: 'application/json' },
        signal: AbortSignal.any([signal, AbortSignal.timeout(managerLimitMs)]),
      });
      await answer.body?.cancel();
      return answer.status;
    },
  };
}
