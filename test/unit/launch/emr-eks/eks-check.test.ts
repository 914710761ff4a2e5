import { expect, it } from 'vitest';
import { found } from '../../../support/found.ts';
import {
  driverSubject,
  eksChecks,
  eksChecksBy,
  type EksPlace,
} from '../../../../src/launch/emr-eks/eks-check.ts';
import { awsError, toldQuestions } from '../../../support/aws/told-questions.ts';

const signal = new AbortController().signal;
const account = '111122223333';
const role = `arn:aws:iam::${account}:role/engines`;
const spec: EksPlace = {
  ...{
    region: 'eu-west-1',
    endpoint: undefined,
    virtualCluster: 'abc',
    releaseLabel: 'emr-7.8.0-latest',
  },
  engineJar: 'local:///opt/torii.jar',
  logs: { s3: undefined, cloudWatch: undefined, kmsKey: undefined },
  ...{ secretsKmsKey: undefined, kubernetes: undefined },
};
const facts = {
  ...{ zookeeper: [], enginePorts: undefined, executionRoles: [role] },
  sourceAddress: () => Promise.resolve(undefined),
};

async function verdicts(state: string, subject: string): Promise<Record<string, string>> {
  const trustPolicy = JSON.stringify({
    Statement: {
      Effect: 'Allow',
      Principal: {
        Federated: `arn:aws:iam::${account}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A`,
      },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringLike: { 'oidc.eks.eu-west-1.amazonaws.com/id/A:sub': subject } },
    },
  });
  const ask = toldQuestions({ role: () => Promise.resolve({ arn: role, trustPolicy }) });
  const checks = eksChecksBy(spec, facts, ask, () =>
    Promise.resolve({
      state: state as 'RUNNING',
      containerProvider: { type: 'EKS', id: 'prod', info: { eksInfo: { namespace: 'engines' } } },
    }),
  );
  const all = await found(checks);
  return Object.fromEntries(all.map(({ check, verdict }) => [check, verdict]));
}

it('a virtual cluster at work whose role trusts the service accounts of its namespace', async () => {
  const subject = `system:serviceaccount:engines:emr-containers-sa-*-*-${account}-*`;
  expect(await verdicts('RUNNING', subject)).toMatchObject({
    'virtual cluster abc': 'ok',
    release: 'ok',
    [`role ${role}`]: 'ok',
    logs: 'warning',
    'engine jar': 'unknown',
    network: 'unknown',
  });
});

it.each(['ARRESTED', 'TERMINATING', 'TERMINATED'])(
  'a virtual cluster that is %s, and a role for another namespace',
  async (state) => {
    expect(await verdicts(state, 'system:serviceaccount:others:*')).toMatchObject({
      'virtual cluster abc': 'failed',
      [`role ${role}`]: 'failed',
    });
  },
);

it.each([
  ['without Kubernetes', undefined, ['logs:GetLogEvents', 'secretsmanager:CreateSecret']],
  ['with Kubernetes', {}, []],
])('%s, secrets and logs take such rights of AWS', async (_what, kubernetes, wanted) => {
  const asked: string[] = [];
  const ask = toldQuestions({
    rights: ({ actions }) => {
      asked.push(...actions);
      return Promise.resolve(actions.map((action) => ({ action, decision: 'allowed' })));
    },
  });
  const logs = { ...spec.logs, cloudWatch: { group: 'engines', streamPrefix: undefined } };
  await found(eksChecksBy({ ...spec, kubernetes, logs }, facts, ask, () => Promise.resolve({})));
  expect(asked).toContain('emr-containers:StartJobRun');
  const ofThese = asked.filter((action) => /^logs:|CreateSecret/.test(action));
  expect(ofThese.toSorted()).toEqual(wanted);
});

it('names the service account of a role by a number of its name', () => {
  expect(driverSubject('engines', account, 'ab')).toBe(
    `system:serviceaccount:engines:emr-containers-sa-spark-driver-${account}-${(0x6162).toString(36)}`,
  );
});

it('a virtual cluster that is not there, and a service that does not answer', async () => {
  const gone = eksChecksBy(spec, facts, toldQuestions(), () =>
    Promise.reject(awsError('ResourceNotFoundException')),
  );
  const all = await found(gone);
  expect(all.find(({ check }) => check === 'virtual cluster abc')?.verdict).toBe('failed');
  const away = eksChecks({ ...spec, endpoint: 'http://127.0.0.1:1' }, facts, {});
  const [, cluster] = away;
  process.env['AWS_ACCESS_KEY_ID'] ??= 'none';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'none';
  expect(await cluster?.run(signal)).toMatchObject([
    { verdict: 'failed', seen: expect.stringContaining('http://127.0.0.1:1 does not answer') },
  ]);
});
