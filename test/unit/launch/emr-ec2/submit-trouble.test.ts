import { expect, it } from 'vitest';
import { submitTrouble } from '../../../../src/launch/emr-ec2/submit-trouble.ts';
import { SubmitError } from '../../../../src/launch/job-platform.ts';

const thrown = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name });

it.each([
  [
    'ValidationException',
    "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
    'busy',
    undefined,
  ],
  [
    'ValidationException',
    'A job flow that is shutting down, terminated, or finished may not be modified.',
    'refused',
    /Name another cluster/,
  ],
  ['ValidationException', 'Specified job flow ID does not exist.', 'refused', /cluster and region/],
  ['InvalidRequestException', "Cluster id 'j-1' is not valid.", 'refused', /cluster and region/],
  [
    'ValidationException',
    'Runtime roles are required for this cluster. Please specify the role using the ExecutionRoleArn parameter.',
    'refused',
    /need a runtime role/,
  ],
  [
    'ValidationException',
    'Runtime roles are not supported on this cluster.',
    'refused',
    /instanceProfile: true/,
  ],
  [
    'ValidationException',
    'Runtime roles are not enabled for this cluster.',
    'refused',
    /instanceProfile: true/,
  ],
  [
    'AccessDeniedException',
    'User: x is not authorized to perform: iam:PassRole on resource: y',
    'refused',
    /iam:PassRole on the execution role/,
  ],
  ['AccessDeniedException', 'no', 'refused', /elasticmapreduce:AddJobFlowSteps/],
  ['ValidationException', 'Value at steps.1 is too long', 'refused', /change the setting/],
  ['ThrottlingException', 'Rate exceeded', 'busy', undefined],
  ['ExpiredTokenException', 'The security token is expired', 'busy', /not renewed yet/],
  ['CredentialsProviderError', 'none found', 'busy', /no AWS credentials/],
  ['UnrecognizedClientException', 'invalid token', 'refused', /access key/],
  ['InternalServerException', 'sorry', 'unclear', undefined],
  ['InternalServerError', 'Runtime roles are not ready', 'unclear', undefined],
  ['TimeoutError', 'socket hang up', 'unclear', undefined],
])('%s (%s) is %s', (name, message, trouble, hint) => {
  const told = submitTrouble('a step of cluster j-1', thrown(name, message));
  expect(told.trouble).toBe(trouble);
  expect(told.message).toContain('a step of cluster j-1: ');
  expect(told.message).toContain(`${name}: ${message}`);
  if (hint === undefined) expect(told.hint).toBeUndefined();
  else expect(told.hint).toMatch(hint);
});

it('tells of the 256 steps, and when to come again', () => {
  const told = submitTrouble('x', thrown('ValidationException', 'Maximum number of active steps'));
  expect(told.message).toContain('256 steps that wait or run');
  expect(told.retryAfterMs).toBe(10_000);
});

it('leaves alone what was told already', () => {
  const told = new SubmitError('busy', 'later');
  expect(submitTrouble('x', told)).toBe(told);
});
