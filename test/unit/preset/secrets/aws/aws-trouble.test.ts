import { expect, test } from 'vitest';
import { awsTrouble } from '../../../../../src/preset/secrets/aws/aws-trouble.ts';

test.each([
  ['ResourceNotFoundException', 'not-found'],
  ['ParameterNotFound', 'not-found'],
  ['AccessDeniedException', 'denied'],
  ['CredentialsProviderError', 'denied'],
  ['ThrottlingException', 'unavailable'],
  ['InvalidRequestException', 'unusable'],
])('%s means %s', (name, trouble) => {
  const cause = Object.assign(new Error('why'), { name });
  expect(awsTrouble('Secrets Manager', cause)).toMatchObject({
    trouble,
    message: `Secrets Manager: ${name}: why`,
    cause,
  });
});
