import { expect, it } from 'vitest';
import {
  awsRequestLimits,
  checkCount,
  checkLimit,
  checkRole,
  divideSettings,
  tagValueOf,
} from '../../../../src/launch/aws/request-limits.ts';
import { messageFrom } from '../../../support/clusters-text.ts';

const serverless = awsRequestLimits['emr-serverless'];
const eks = awsRequestLimits['emr-eks'];

it('names key, length and limit of what is too long, too short or of the wrong letters, never the value', () => {
  const check = (text: string) => () => checkLimit(eks.service, 'the name', text, eks.name);
  expect(messageFrom(check('x'.repeat(65)))).toBe(
    'the name has 65 characters, and EMR on EKS takes 64',
  );
  expect(messageFrom(check(''))).toBe('the name has 0 characters, and EMR on EKS wants 1');
  expect(messageFrom(check('a b'))).toMatch(/^the name has characters that EMR on EKS does not/);
  expect(check('x'.repeat(64))).not.toThrow();
});

it('counts tags', () => {
  expect(messageFrom(() => checkCount('EMR on EKS', 'tags', 51, eks.tags))).toBe(
    'there are 51 tags, and EMR on EKS takes 50',
  );
});

it('puts 100 settings among the properties, those that come first by order, and the rest and the long ones elsewhere', () => {
  const settings = new Map(Array.from({ length: 105 }, (_, at) => [`spark.k${at}`, 'v']));
  settings.set('spark.long', 'x'.repeat(1025));
  settings.set('spark.empty', '');
  settings.set('spark.last', 'v');
  const { properties, parameters } = divideSettings(settings, serverless, (key) =>
    key === 'spark.last' ? 0 : 1,
  );
  expect(properties.size).toBe(100);
  expect(properties.has('spark.last')).toBe(true);
  expect([...parameters.keys()]).toEqual([
    ...Array.from({ length: 6 }, (_, at) => `spark.k${at + 99}`),
    'spark.long',
    'spark.empty',
  ]);
});

it.each(['emr-serverless', 'emr-eks', 'emr-ec2'] as const)(
  'refuses on %s who has no execution role, with what else there is, and what is no role',
  (kind) => {
    const limits = awsRequestLimits[kind];
    const job = { owner: { user: 'alice', group: undefined, session: 's', preset: undefined } };
    const refusal = (role: string, orElse?: string) => {
      try {
        checkRole(job, role, limits, orElse);
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    };
    const given =
      'The administrator gives one by executionRole of the cluster or of a role of the cluster';
    expect(refusal('')).toMatchObject({
      ...{ trouble: 'refused', message: 'alice has no execution role on this cluster' },
      hint: `${given}.`,
    });
    expect(refusal('', 'does without')).toMatchObject({ hint: `${given}, or does without.` });
    expect(refusal('arn:aws:iam::1:role/x')).toMatchObject({ trouble: 'refused' });
    expect(refusal('arn:aws:iam::111122223333:role/x')).toBeUndefined();
  },
);

it('writes a tag with the letters that a tag may have', () => {
  expect(tagValueOf('Zoë <zoe@x>', serverless)).toBe('Zo_ _zoe@x_');
  expect(tagValueOf('x'.repeat(300), serverless)).toHaveLength(256);
});
