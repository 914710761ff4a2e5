import { expect, it } from 'vitest';
import {
  isOfApplication,
  submitTrouble,
} from '../../../../src/launch/emr-serverless/submit-trouble.ts';

function thrown(name: string, message = 'as AWS says it'): Error {
  return Object.assign(new Error(message), { name });
}

it.each([
  ['ValidationException', 'refused', /the setting that the message names/],
  ['AccessDeniedException', 'refused', /iam:PassRole/],
  ['ConflictException', 'refused', /launch tag/],
  ['ResourceNotFoundException', 'refused', /applications and region/],
  ['UnrecognizedClientException', 'refused', /access key/],
  ['InvalidSignatureException', 'refused', /clock/],
  ['ServiceQuotaExceededException', 'busy', /Service Quotas/],
  ['ThrottlingException', 'busy', undefined],
  ['TooManyRequestsException', 'busy', undefined],
  ['ExpiredTokenException', 'busy', /expired/],
  ['CredentialsProviderError', 'busy', /credentials/],
  ['InternalServerException', 'unclear', undefined],
  ['TimeoutError', 'unclear', undefined],
  ['Error', 'unclear', undefined],
])('%s means that the launch is %s', (name, trouble, hint) => {
  const error = submitTrouble('application a1', thrown(name));
  expect(error.trouble).toBe(trouble);
  expect(error.message).toBe(`application a1: ${name}: as AWS says it`);
  if (hint === undefined) expect(error.hint).toBeUndefined();
  else expect(error.hint).toMatch(hint);
});

it('asks another application only for what is of this one', () => {
  expect(isOfApplication(thrown('ServiceQuotaExceededException'))).toBe(true);
  expect(isOfApplication(thrown('ResourceNotFoundException'))).toBe(true);
  const stopping = 'Application 00fa is in STOPPING state';
  expect(isOfApplication(thrown('ValidationException', stopping))).toBe(true);
  expect(isOfApplication(thrown('ValidationException', 'the name is too long'))).toBe(false);
  expect(isOfApplication(thrown('ThrottlingException'))).toBe(false);
});
