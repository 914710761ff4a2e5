import { readFile } from 'node:fs/promises';
import { secretReference } from '../../config/secret-reference.ts';
import type { Environment } from '../../config/environment.ts';

/** Where a secret stands: in a file, which may change, in a variable of the environment, or in the setting itself. */
export type SecretReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'plain'; readonly text: string };

export function parseSecretReference(from: string): SecretReference {
  const reference = secretReference(from);
  switch (reference?.kind) {
    case 'file':
      return { kind: 'file', path: reference.name };
    case 'env':
      return { kind: 'env', name: reference.name };
    case undefined:
      return { kind: 'plain', text: from };
  }
}

/** The secret, without a line's end behind it; throws, without the secret, when there is none or it is empty. */
export async function readSecret(reference: SecretReference, env: Environment): Promise<string> {
  switch (reference.kind) {
    case 'plain':
      return reference.text;
    case 'env': {
      const value = env[reference.name];
      if (value) return value;
      throw new Error(`the variable ${reference.name} is not set`);
    }
    case 'file': {
      const text = (await readFile(reference.path, 'utf8')).replace(/\r?\n$/, '');
      if (text !== '') return text;
      throw new Error(`${reference.path} is empty`);
    }
  }
}
