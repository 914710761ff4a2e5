import type { Application } from '@aws-sdk/client-emr-serverless';
import { expect, it } from 'vitest';
import type { Finding } from '../../../../src/core/finding.ts';
import type { AwsQuestions, RightsQuestion } from '../../../../src/launch/aws/aws-questions.ts';
import type { CheckFacts } from '../../../../src/launch/cluster-check.ts';
import {
  applicationFindings,
  serverlessChecksBy,
} from '../../../../src/launch/emr-serverless/serverless-check.ts';
import { found } from '../../../support/found.ts';
import type { EmrServerlessSpec } from '../../../../src/preset/cluster-spec.ts';
import { awsError, toldQuestions } from '../../../support/aws/told-questions.ts';
import { spec } from './serverless-job.ts';

const role = 'arn:aws:iam::111122223333:role/engines';
const facts: CheckFacts = {
  zookeeper: [],
  enginePorts: undefined,
  executionRoles: [role],
  sourceAddress: () => Promise.resolve('10.0.0.1'),
};
const trust = JSON.stringify({
  Statement: {
    Effect: 'Allow',
    Principal: { Service: 'emr-serverless.amazonaws.com' },
    Action: 'sts:AssumeRole',
  },
});
const application = {
  ...{ applicationId: '00f1', type: 'Spark', releaseLabel: 'emr-7.8.0', state: 'STARTED' },
} as Application; // as much as is looked at

async function findings(
  ask: AwsQuestions,
  options: {
    readonly spec?: Partial<EmrServerlessSpec>;
    readonly facts?: Partial<CheckFacts>;
    readonly get?: () => Promise<Application>;
  } = {},
): Promise<readonly Finding[]> {
  const get = options.get ?? (() => Promise.resolve(application));
  const checks = serverlessChecksBy(
    { ...spec, ...options.spec },
    { ...facts, ...options.facts },
    ask,
    new Map([['00f1', get]]),
  );
  return found(checks);
}

const byCheck = (all: readonly Finding[], check: string) => all.find((one) => one.check === check);

it.each<[string, object, string, string]>([
  ['stopped', { state: 'STOPPED' }, 'ok', 'the first job starts it'],
  [
    'stopped for good',
    { state: 'STOPPED', autoStartConfiguration: { enabled: false } },
    'ok',
    'the gateway starts it',
  ],
  ['starting', { state: 'STARTING' }, 'warning', 'it is STARTING'],
  ['gone', { state: 'TERMINATED', stateDetails: 'deleted' }, 'failed', 'it is TERMINATED: deleted'],
])('an application that is %s', (_what, change, verdict, seen) => {
  const [state] = applicationFindings('app', { ...application, ...change });
  expect(state).toMatchObject({ verdict, seen: expect.stringContaining(seen) });
});

it.each([
  ['emr-7.8.0-latest', 'ok', 'emr-7.8.0, type Spark'],
  ['emr-7.10.0', 'failed', "it is of release emr-7.8.0, and the clusters' file says emr-7.10.0"],
])('an application whose cluster is said to be of release %s', async (release, verdict, seen) => {
  const all = await findings(toldQuestions(), { spec: { release } });
  expect(byCheck(all, 'application 00f1 release')).toMatchObject({ verdict, seen });
});

it.each<[string, object, string, string]>([
  ['of another type', { type: 'Hive' }, 'app type', 'failed'],
  ['of an early release', { releaseLabel: 'emr-6.9.0' }, 'app release', 'failed'],
  ['of a release that nobody knows', { releaseLabel: 'emr-9.1.0' }, 'app release', 'warning'],
  ['of a good release', {}, 'app release', 'ok'],
  [
    'that is too small',
    { maximumCapacity: { cpu: '4 vCPU', memory: '32 GB' } },
    'app capacity',
    'warning',
  ],
  [
    'that is large',
    { maximumCapacity: { cpu: '400 vCPU', memory: '3000 GB' } },
    'app capacity',
    'ok',
  ],
])('an application %s', (_what, change, check, verdict) => {
  const all = applicationFindings('app', { ...application, ...change });
  expect(byCheck(all, check)?.verdict).toBe(verdict);
});

it('a gateway that may ask nothing hears which rights to look for, and that nothing has failed', async () => {
  const all = await findings(toldQuestions(), {
    get: () => Promise.reject(awsError('AccessDeniedException')),
  });
  expect(all.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
  expect(byCheck(all, 'identity')?.verdict).toBe('ok');
  expect(byCheck(all, 'application 00f1')?.seen).toContain('emr-serverless:GetApplication');
  const rights = all.filter(({ check }) => check.startsWith('rights'));
  expect(rights).toHaveLength(1);
  expect(rights[0]?.hint).toContain(
    'iam:SimulatePrincipalPolicy on arn:aws:iam::111122223333:role/gateway',
  );
  expect(rights[0]?.hint).toContain('secretsmanager:PutResourcePolicy');
});

it('asks for the rights of the role behind the session, with its path, and names those that are denied', async () => {
  const asked: RightsQuestion[] = [];
  const gateway = 'arn:aws:iam::111122223333:role/services/gateway';
  const all = await findings(
    toldQuestions({
      role: (name) =>
        Promise.resolve({ arn: name === 'gateway' ? gateway : role, trustPolicy: trust }),
      rights: (question) => {
        asked.push(question);
        const of = (action: string) => (action === 'iam:PassRole' ? 'denied' : 'allowed');
        return Promise.resolve(
          question.actions.map((action) => ({ action, decision: of(action) as 'denied' })),
        );
      },
    }),
  );
  expect(byCheck(all, `role ${role}`)).toMatchObject({
    verdict: 'ok',
    seen: 'it trusts emr-serverless.amazonaws.com',
  });
  expect(byCheck(all, 'rights of the gateway to pass roles')).toMatchObject({
    verdict: 'failed',
    seen: `iam:PassRole on ${role} is not allowed`,
  });
  expect(asked.find(({ actions }) => actions.includes('iam:PassRole'))).toEqual({
    ...{ who: gateway, actions: ['iam:PassRole'], resource: role },
    context: { 'iam:PassedToService': 'emr-serverless.amazonaws.com' },
  });
});

it('a role that trusts one application has failed for the other', async () => {
  const forOne = JSON.parse(trust) as { readonly Statement: object }; // as it is written above
  const Condition = { ArnLike: { 'aws:SourceArn': '*:/applications/00f1' } };
  const trustPolicy = JSON.stringify({ Statement: { ...forOne.Statement, Condition } });
  const ask = toldQuestions({ role: () => Promise.resolve({ arn: role, trustPolicy }) });
  const all = await findings(ask, { spec: { applications: ['00f1', '00f2'] } });
  expect(all.filter(({ check }) => check === `role ${role}`)).toMatchObject([
    { verdict: 'failed', seen: expect.stringContaining('/applications/00f1') },
  ]);
});

it('what is not there has failed: application, role, jar, log folder', async () => {
  const missing = (name: string) => () => Promise.reject(awsError(name));
  const all = await findings(
    toldQuestions({
      role: missing('NoSuchEntityException'),
      object: missing('NotFound'),
      bucket: missing('NotFound'),
    }),
    { get: missing('ResourceNotFoundException') },
  );
  for (const check of [
    'application 00f1',
    `role ${role}`,
    'engine jar',
    'logs in s3://logs/engines',
  ]) {
    expect(byCheck(all, check)).toMatchObject({ verdict: 'failed' });
  }
});

it('knows what can not be: no credentials, no way to EMR, no role, no network, the key of AWS', async () => {
  const none = () => Promise.reject(awsError('CredentialsProviderError', 'no providers'));
  const noWay = Object.assign(awsError('Error', 'getaddrinfo'), { code: 'ENOTFOUND' });
  const all = await findings(toldQuestions({ identity: none }), {
    spec: { secretsKmsKey: 'alias/aws/secretsmanager' },
    facts: { executionRoles: [] },
    get: () => Promise.reject(noWay),
  });
  for (const check of ['identity', 'application 00f1', 'roles', 'key alias/aws/secretsmanager']) {
    expect(byCheck(all, check)).toMatchObject({ verdict: 'failed' });
  }
  const alone = await findings(toldQuestions());
  expect(byCheck(alone, 'application 00f1 network')?.verdict).toBe('failed');
});
