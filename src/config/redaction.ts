import type { Settings } from './entry.ts';
import { isSecretKey } from './key-audience.ts';

/** What stands in a secret's place, as in Kyuubi and Spark. */
export const redacted = '*********(redacted)';

/** Settings as they may be shown: the values of secret keys are gone. */
export function redactSettings(settings: Settings, pattern: RegExp): Map<string, string> {
  return new Map(
    [...settings].map(([key, value]) => [key, isSecretKey(key, pattern) ? redacted : value]),
  );
}

/** The values of secret keys, to be given to `redactText`. */
export function secretsOf(settings: Settings, pattern: RegExp): readonly string[] {
  return [...settings]
    .filter(([key, value]) => value !== '' && isSecretKey(key, pattern))
    .map(([, value]) => value);
}

/**
 * Free text, such as a launch's log line, without these secrets, and without the value of any `key=value` in it whose key
 * is secret. Texts under four characters are not looked for: they would be found everywhere.
 */
export function redactText(text: string, secrets: readonly string[], pattern: RegExp): string {
  const longestFirst = secrets
    .filter((secret) => secret.length >= 4)
    .toSorted((a, b) => b.length - a.length);
  const known = longestFirst.reduce((rest, secret) => rest.replaceAll(secret, redacted), text);
  return known.replace(/([\w.:-]{1,200})=("[^"\n]*"|'[^'\n]*'|\S+)/g, (pair, key: string) =>
    isSecretKey(key, pattern) ? `${key}=${redacted}` : pair,
  );
}
