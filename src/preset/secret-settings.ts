import { GatewayError } from '../core/errors.ts';
import { isListSetting } from './list-settings.ts';
import {
  meansReference,
  parseSecretReference,
  referenceForms,
} from './secrets/secret-reference.ts';
import type { SettingSource } from './setting-source.ts';

/** Whether a key's value is a secret by the key's own name: `...password`, not `...credentials.provider`. */
export function looksSecret(key: string): boolean {
  return /(?:passw(?:or)?d|passphrase|secret|token|credentials?|(?:access|secret|account|private)[._-]?key|api[._-]?key)$/i.test(
    key,
  );
}

/**
 * The references among a source's values, by their keys. `file:` is one where the key looks secret or the source holds
 * nothing else: elsewhere it is a path as Hadoop writes it. Throws CONFIG_INVALID, naming key and source and no value, for a
 * secret in the open and for a reference that can't be followed.
 */
export function referencesOf({ name, settings, isSecret }: SettingSource): Map<string, string> {
  const references = new Map<string, string>();
  for (const [key, value] of settings) {
    const reference = parseSecretReference(value);
    const counts = isSecret === true || looksSecret(key) || reference?.kind !== 'file';
    if (reference !== undefined && counts) {
      if (isListSetting(key)) throw problem(key, name, 'is a list and can not be a reference');
      references.set(key, value);
    } else if (isSecret === true || meansReference(value)) {
      throw problem(key, name, `has to be a reference: ${referenceForms}`);
    } else if (looksSecret(key) && value !== '' && !/^(?:true|false)$/i.test(value)) {
      throw problem(
        key,
        name,
        'holds a secret in the open',
        `Put it where secrets are kept, and write ${referenceForms}.`,
      );
    }
  }
  return references;
}

function problem(key: string, source: string, what: string, hint?: string): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `${key} in ${source} ${what}`,
    hint === undefined ? {} : { hint },
  );
}
