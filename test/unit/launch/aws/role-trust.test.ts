import { expect, it } from 'vitest';
import { trustOf, type TrustNeed } from '../../../../src/launch/aws/role-trust.ts';

const account = '111122223333';
const serverless: TrustNeed = {
  kind: 'service',
  service: 'emr-serverless.amazonaws.com',
  account,
  sourceArn: `arn:aws:emr-serverless:eu-west-1:${account}:/applications/00f1`,
};
const pods: TrustNeed = {
  kind: 'service-account',
  account,
  subject: `system:serviceaccount:engines:emr-containers-sa-spark-driver-${account}-abc`,
};
const instances: TrustNeed = { kind: 'role', account, arn: `arn:aws:iam::${account}:role/nodes` };

function policy(...statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

const service = { Service: 'emr-serverless.amazonaws.com' };
const assume = { Effect: 'Allow', Principal: service, Action: 'sts:AssumeRole' };
const oidc = {
  Federated: `arn:aws:iam::${account}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC`,
};

it.each([
  ['names the service', serverless, policy(assume)],
  [
    'names it among others, with every action of STS',
    serverless,
    policy({
      ...assume,
      Principal: { Service: ['glue.amazonaws.com', service.Service] },
      Action: 'sts:*',
    }),
  ],
  [
    'asks for the own account and application',
    serverless,
    policy({
      ...assume,
      Condition: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: { 'aws:SourceArn': 'arn:aws:emr-serverless:*:*:/applications/*' },
      },
    }),
  ],
  [
    'names the OIDC provider and the service accounts of EMR',
    pods,
    policy({
      Effect: 'Allow',
      Principal: oidc,
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringLike: {
          'oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub': `system:serviceaccount:engines:emr-containers-sa-*-*-${account}-abc`,
        },
      },
    }),
  ],
  [
    'names pod identity',
    pods,
    policy({
      Effect: 'Allow',
      Principal: { Service: 'pods.eks.amazonaws.com' },
      Action: ['sts:AssumeRole', 'sts:TagSession'],
    }),
  ],
  [
    'names the account of the instances',
    instances,
    policy({ ...assume, Principal: { AWS: `arn:aws:iam::${account}:root` } }),
  ],
])('a trust policy that %s is enough', (_what, need, text) => {
  expect(trustOf(text, need).kind).toBe('trusted');
});

it.each([
  [
    'another service',
    serverless,
    policy({ ...assume, Principal: { Service: 'ec2.amazonaws.com' } }),
  ],
  [
    'another account',
    serverless,
    policy({ ...assume, Condition: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }),
  ],
  ['what is denied as well', serverless, policy(assume, { ...assume, Effect: 'Deny' })],
  ['tags alone', serverless, policy({ ...assume, Action: 'sts:TagSession' })],
  [
    'another namespace',
    pods,
    policy({
      Effect: 'Allow',
      Principal: oidc,
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringLike: { 'x:sub': 'system:serviceaccount:others:emr-containers-sa-*' } },
    }),
  ],
  [
    'another role',
    instances,
    policy({ ...assume, Principal: { AWS: `arn:aws:iam::${account}:role/x` } }),
  ],
  [
    'a provider with the action of services',
    pods,
    policy({ Effect: 'Allow', Principal: oidc, Action: 'sts:AssumeRole' }),
  ],
])('a trust policy for %s is not', (_what, need, text) => {
  expect(trustOf(text, need).kind).toBe('refused');
});

it('says which condition it can not judge, and which does not hold', () => {
  const asksFor = (Condition: object): string => policy({ ...assume, Condition });
  const open = trustOf(asksFor({ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }), serverless);
  expect(open).toMatchObject({
    kind: 'untold',
    what: expect.stringContaining('aws:PrincipalOrgID'),
  });
  const other = trustOf(
    asksFor({ ArnLike: { 'aws:SourceArn': 'arn:aws:emr-serverless:*:/applications/00f2' } }),
    serverless,
  );
  expect(other).toMatchObject({
    kind: 'refused',
    what: expect.stringContaining('/applications/00f2'),
  });
  expect(trustOf('<xml/>', serverless).kind).toBe('untold');
});

it('names the provider, which may be that of another EKS cluster', () => {
  const text = policy({
    Effect: 'Allow',
    Principal: oidc,
    Action: 'sts:AssumeRoleWithWebIdentity',
  });
  expect(trustOf(text, pods)).toEqual({
    kind: 'trusted',
    what: "by oidc.eks.eu-west-1.amazonaws.com/id/ABC, if that is the EKS cluster's",
  });
});

it('what denies all but some leaves open what another statement allows', () => {
  const others = { Effect: 'Deny', NotPrincipal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  expect(trustOf(policy(assume, others), serverless).kind).toBe('untold');
});

it('a condition that may deny leaves open what another statement allows', () => {
  const denies = {
    ...assume,
    Effect: 'Deny',
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
  expect(trustOf(policy(assume, denies), serverless).kind).toBe('untold');
});
