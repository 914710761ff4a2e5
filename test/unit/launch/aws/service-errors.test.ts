import { expect, it } from 'vitest';
import {
  isThrottled,
  listTrouble,
  submitTroubleOf,
} from '../../../../src/launch/aws/service-errors.ts';
import { ThrottledError } from '../../../../src/launch/throttled-error.ts';

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

it('a list that is throttled is told as that, and any other trouble as it is', () => {
  const throttled = listTrouble('EMR on EKS', thrown('ThrottlingException'));
  expect(throttled).toBeInstanceOf(ThrottledError);
  expect(String(throttled)).toContain(
    'AWS throttles the calls to EMR on EKS (ThrottlingException: slow down)',
  );
  const other = thrown('InternalServerException');
  expect(listTrouble('EMR on EKS', other)).toBe(other);
});

it.each(['InternalServerException', 'ValidationException', 'TimeoutError'])(
  '%s is no throttling',
  (name) => {
    expect(isThrottled(thrown(name))).toBe(false);
    expect(submitTroubleOf('a job', thrown(name), {}).trouble).toBe('unclear');
  },
);
