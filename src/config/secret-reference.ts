import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GatewayError } from '../core/errors.ts';
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
  const reference = secretReference(text);
  if (reference === undefined) return text;
  const { kind, name } = reference;
  const value = kind === 'env' ? places.environment[name] : readSecretFile(key, name, places);
  if (value === undefined || value === '') {
    throw new GatewayError('CONFIG_INVALID', `${key} names the ${kind} ${name}, which has nothing`);
  }
  return value;
}

/** What `${env:NAME}` or `${file:PATH}` refers to; undefined for any other text. */
export function secretReference(
  text: string,
): { readonly kind: 'env' | 'file'; readonly name: string } | undefined {
  const [, kind, name = ''] = /^\$\{(env|file):([^{}]+)\}$/.exec(text) ?? [];
  return kind === 'env' || kind === 'file' ? { kind, name } : undefined;
}

function readSecretFile(key: string, name: string, { currentDir }: ReferencePlaces): string {
  try {
    return readFileSync(resolve(currentDir, name), 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GatewayError('CONFIG_INVALID', `${key}: cannot read ${name}: ${reason}`, { cause });
  }
}
