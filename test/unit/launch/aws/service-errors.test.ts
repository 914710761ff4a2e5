import { expect, it } from 'vitest';
import { isThrottled, submitTroubleOf } from '../../../../src/launch/aws/service-errors.ts';

const thrown = (name: string): Error => Object.assign(new Error('slow down'), { name });

it.each([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'EKSRequestThrottledException',
  'EC2ThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
])('%s slows the calls down and puts a launch off', (name) => {
  expect(isThrottled(thrown(name))).toBe(true);
  expect(submitTroubleOf('a job', thrown(name), {}).trouble).toBe('busy');
});

it.each(['InternalServerException', 'ValidationException', 'TimeoutError'])(
  '%s is no throttling',
  (name) => {
    expect(isThrottled(thrown(name))).toBe(false);
    expect(submitTroubleOf('a job', thrown(name), {}).trouble).toBe('unclear');
  },
);
