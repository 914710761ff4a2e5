import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { GatewayError, reasonOf } from '../core/errors.ts';
import type { Environment } from './environment.ts';

/** Where `${env:NAME}` and `${file:PATH}` are looked up. */
export interface ReferencePlaces {
  readonly environment: Environment;
  readonly currentDir: string;
}

/**
 * The value that a setting names instead of holding it: `${env:NAME}`, or `${file:PATH}` without the line break at its end.
 * Any other text is the value itself. Throws CONFIG_INVALID where the reference leads to nothing.
 */
export function followReference(key: string, text: string, places: ReferencePlaces): string {
  const reference = referenceIn(text);
  if (reference === undefined) return text;
  const { kind, name } = reference;
  const value = kind === 'env' ? places.environment[name] : readSecretFile(key, name, places);
  if (value === undefined || value === '') {
    throw new GatewayError('CONFIG_INVALID', `${key} names the ${kind} ${name}, which has nothing`);
  }
  return value;
}

/** What `${env:NAME}` or `${file:PATH}` refers to; undefined for any other text. */
function referenceIn(
  text: string,
): { readonly kind: 'env' | 'file'; readonly name: string } | undefined {
  const [, kind, name = ''] = /^\$\{(env|file):([^{}]+)\}$/.exec(text) ?? [];
  return kind === 'env' || kind === 'file' ? { kind, name } : undefined;
}

function readSecretFile(key: string, name: string, { currentDir }: ReferencePlaces): string {
  try {
    return readFileSync(resolve(currentDir, name), 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new GatewayError('CONFIG_INVALID', `${key}: cannot read ${name}: ${reason}`, { cause });
  }
}

/** Where a secret stands: in a file, which may change, in a variable of the environment, or in the setting itself. */
export type SecretReference =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'plain'; readonly text: string };

/** `${file:/path}`, `${env:NAME}`, or the secret itself. */
export function parseSecretReference(from: string): SecretReference {
  const reference = referenceIn(from);
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
