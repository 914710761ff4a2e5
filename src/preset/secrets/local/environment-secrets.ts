import type { Environment } from '../../../config/environment.ts';
import { SecretError } from '../secret-source.ts';
import type { SecretSource } from '../secret-source.ts';

/** Variables of the gateway's own environment. */
export function environmentSecrets(environment: Environment): SecretSource<'env'> {
  return {
    kind: 'env',
    read({ name }) {
      const value = environment[name];
      return value === undefined
        ? Promise.reject(new SecretError('not-found', `the variable ${name} is not set`))
        : Promise.resolve(value);
    },
  };
}
