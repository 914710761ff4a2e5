import type { Cluster } from '@aws-sdk/client-emr';
import { expect, it } from 'vitest';
import type { Finding } from '../../../../src/core/finding.ts';
import { found } from '../../../support/found.ts';
import {
  type Ec2Place,
  type Ec2Questions,
  ec2ChecksBy,
} from '../../../../src/launch/emr-ec2/ec2-check.ts';
import type { AwsQuestions } from '../../../../src/launch/aws/aws-questions.ts';
import { toldQuestions } from '../../../support/aws/told-questions.ts';

const account = '111122223333';
const role = `arn:aws:iam::${account}:role/engines`;
const spec: Ec2Place = {
  ...{ region: 'eu-west-1', endpoint: undefined, cluster: 'j-1', engineJar: 's3://jars/e.jar' },
  release: 'emr-7.8.0',
  logs: { s3: undefined, cloudWatch: undefined, kmsKey: undefined },
  ...{ secretsKmsKey: undefined, instanceProfile: false },
};
const cluster: Cluster = {
  Status: { State: 'WAITING' },
  ReleaseLabel: 'emr-7.8.0',
  Applications: [{ Name: 'Spark' }],
  MasterPublicDnsName: 'master.internal',
  SecurityConfiguration: 'scoped',
  Ec2InstanceAttributes: { IamInstanceProfile: 'nodes' },
};
const trustPolicy = JSON.stringify({
  Statement: {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:role/nodes` },
    Action: ['sts:AssumeRole', 'sts:TagSession'],
  },
});

async function findings(
  change: Partial<Cluster> = {},
  told: Partial<Ec2Questions> = {},
  options: {
    readonly spec?: Partial<Ec2Place>;
    readonly ask?: Partial<AwsQuestions>;
    readonly executionRoles?: readonly string[];
  } = {},
) {
  const emr: Ec2Questions = {
    cluster: () => Promise.resolve({ ...cluster, ...change }),
    openSteps: () => Promise.resolve(3),
    securityConfiguration: () =>
      Promise.resolve(
        '{"AuthorizationConfiguration":{"IAMConfiguration":{"EnableApplicationScopedIAMRole":true}}}',
      ),
    manager: () => Promise.resolve(200),
    ...told,
  };
  const ask = toldQuestions({
    role: () => Promise.resolve({ arn: role, trustPolicy }),
    ...options.ask,
  });
  const facts = {
    ...{ zookeeper: [], enginePorts: undefined },
    executionRoles: options.executionRoles ?? [role],
    sourceAddress: () => Promise.resolve(undefined),
  };
  const checks = ec2ChecksBy({ ...spec, ...options.spec }, facts, ask, emr);
  return found(checks);
}

const verdictOf = (all: readonly Finding[], name: string) =>
  all.find(({ check }) => check === name)?.verdict;

it('a cluster that waits for work, with runtime roles and a resource manager that answers', async () => {
  const all = await findings();
  expect(all.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  const good = [
    'cluster j-1',
    'cluster j-1 release',
    'cluster j-1 applications',
    'steps',
    'runtime roles',
  ];
  for (const check of [...good, `role ${role}`, 'resource manager http://master.internal:8088']) {
    expect([check, verdictOf(all, check)]).toEqual([check, 'ok']);
  }
});

it('asks for the rights of the guide, those to keep secrets among them, and for no other', async () => {
  const asked: string[] = [];
  await findings(
    {},
    {},
    {
      spec: { secretsKmsKey: `arn:aws:kms:eu-west-1:${account}:key/k` },
      ask: {
        rights: ({ actions }) => {
          asked.push(...actions);
          return Promise.resolve(actions.map((action) => ({ action, decision: 'allowed' })));
        },
      },
    },
  );
  expect(asked).toEqual([
    ...['AddJobFlowSteps', 'ListSteps', 'CancelSteps', 'DescribeCluster'].map(
      (name) => `elasticmapreduce:${name}`,
    ),
    'iam:PassRole',
    ...['CreateSecret', 'PutResourcePolicy', 'TagResource', 'DeleteSecret', 'ListSecrets'].map(
      (name) => `secretsmanager:${name}`,
    ),
    ...['kms:GenerateDataKey', 'kms:Decrypt'],
  ]);
});

it('without a role every launch is refused, unless engines may have that of the instances', async () => {
  const none = { executionRoles: [] };
  expect(verdictOf(await findings({}, {}, none), 'runtime roles')).toBe('failed');
  const shared = await findings({}, {}, { ...none, spec: { instanceProfile: true } });
  expect(verdictOf(shared, 'runtime roles')).toBe('warning');
});

it('knows the place of the logs from the cluster', async () => {
  const ask = { bucket: () => Promise.resolve() };
  const all = await findings({ LogUri: 's3n://logs/emr/' }, {}, { ask });
  expect(verdictOf(all, 'logs in s3://logs/emr/')).toBe('ok');
});

it.each<[string, Partial<Cluster>, string, string]>([
  ['is coming up', { Status: { State: 'BOOTSTRAPPING' } }, 'cluster j-1', 'warning'],
  ['is gone', { Status: { State: 'TERMINATED' } }, 'cluster j-1', 'failed'],
  ['has no Spark', { Applications: [{ Name: 'Hive' }] }, 'cluster j-1 applications', 'failed'],
  ['is too old', { ReleaseLabel: 'emr-6.9.0' }, 'cluster j-1 release', 'failed'],
  ['is of another release', { ReleaseLabel: 'emr-7.9.0' }, 'cluster j-1 release', 'failed'],
  ['has no runtime roles', { SecurityConfiguration: undefined }, 'runtime roles', 'failed'],
])('a cluster that %s', async (_what, change, check, verdict) => {
  expect(verdictOf(await findings(change), check)).toBe(verdict);
});

it('counts the steps against their limit', async () => {
  const of = async (open: number) =>
    verdictOf(await findings({}, { openSteps: () => Promise.resolve(open) }), 'steps');
  expect([await of(199), await of(200), await of(256)]).toEqual(['ok', 'warning', 'failed']);
});

it('lives without a resource manager, and not with one that refuses', async () => {
  const check = 'resource manager http://master.internal:8088';
  const away = await findings({}, { manager: () => Promise.reject(new Error('timed out')) });
  expect(verdictOf(away, check)).toBe('warning');
  const no = await findings({}, { manager: () => Promise.resolve(401) });
  expect(verdictOf(no, check)).toBe('failed');
});
