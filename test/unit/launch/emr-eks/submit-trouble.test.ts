import { expect, it } from 'vitest';
import { submitTrouble } from '../../../../src/launch/emr-eks/submit-trouble.ts';

const thrown = (name: string, message = 'so it is') => Object.assign(new Error(message), { name });

it.each([
  ['ValidationException', 'releaseLabel is odd', 'refused', /change the setting/],
  ['ValidationException', 'it has reached its limit of queued job runs', 'busy', /no more jobs/],
  [
    'ValidationException',
    'The client token was already used with other request parameters.',
    'refused',
    /launch tag/,
  ],
  ['ValidationException', 'Virtual cluster x is in state ARRESTED', 'refused', /change the/],
  ['AccessDeniedException', '', 'refused', /emr-containers:StartJobRun/],
  ['ResourceNotFoundException', '', 'refused', /virtualCluster, releaseLabel, jobTemplate/],
  ['EKSRequestThrottledException', '', 'busy', undefined],
  ['ServiceQuotaExceededException', '', 'busy', /Service Quotas/],
  ['ThrottlingException', '', 'busy', undefined],
  ['ExpiredTokenException', '', 'busy', /expired/],
  ['InternalServerException', '', 'unclear', undefined],
  ['TimeoutError', '', 'unclear', undefined],
])('%s "%s" is %s', (name, message, trouble, hint) => {
  const error = submitTrouble('virtual cluster vc1', thrown(name, message));
  expect(error.trouble).toBe(trouble);
  expect(error.message).toBe(`virtual cluster vc1: ${name}: ${message}`);
  if (hint === undefined) expect(error.hint).toBeUndefined();
  else expect(error.hint).toMatch(hint);
});
