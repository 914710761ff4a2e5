import { expect, it } from 'vitest';
import { secretTrouble } from '../../../../src/launch/aws/secret-trouble.ts';

const thrown = (name: string): Error => Object.assign(new Error('it was not done'), { name });

it.each([
  ['AccessDeniedException', 'refused', /secretsmanager:CreateSecret.* and kms:GenerateDataKey/],
  ['ResourceNotFoundException', 'refused', /secretsKmsKey/],
  ['EncryptionFailure', 'busy', /secretsKmsKey/],
  ['MalformedPolicyDocumentException', 'refused', /a role that is not there.*executionRole/],
  ['LimitExceededException', 'busy', /quotas for Secrets Manager/],
])('%s of Secrets Manager is told as its own, not as that of EMR', (name, trouble, hint) => {
  const error = secretTrouble(thrown(name));
  expect(error).toMatchObject({ trouble, hint: expect.stringMatching(hint) });
  expect(error.message).toBe(`the engine's secrets in Secrets Manager: ${name}: it was not done`);
});

it.each(['TimeoutError', 'InternalServiceError', 'InvalidRequestException'])(
  'after %s no job runs, and the launch is tried again',
  (name) => {
    expect(secretTrouble(thrown(name))).toMatchObject({ trouble: 'busy', hint: undefined });
  },
);
