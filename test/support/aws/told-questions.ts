import type { AwsQuestions } from '../../../src/launch/aws/aws-questions.ts';

/** An error of AWS by its name. */
export function awsError(name: string, message = ''): Error {
  return Object.assign(new Error(message), { name });
}

const denied = (): Promise<never> => Promise.reject(awsError('AccessDeniedException'));

/** Answers what a test says; all else the caller may not ask. */
export function toldQuestions(told: Partial<AwsQuestions> = {}): AwsQuestions {
  return {
    identity: () =>
      Promise.resolve({
        ...{ account: '111122223333', partition: 'aws' },
        arn: 'arn:aws:sts::111122223333:assumed-role/gateway/pod-1',
      }),
    role: denied,
    rights: denied,
    subnets: denied,
    securityGroups: denied,
    groupsOfAddress: denied,
    prefixList: denied,
    object: denied,
    bucket: denied,
    logGroup: denied,
    ...told,
  };
}
