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
  return redactValues(withoutSecrets(text, secrets), assignments, pattern, lineValue);
}

/**
 * SQL without these secrets, and without what stands behind a secret key in any of SQL's ways: `password = 'x'`,
 * `'password' 'x'`, `"password": "x"`, `password => 'x'`, and in a URL. Rather too much is taken out than too little. At most
 * `limit` characters are left; the rest is cut off.
 */
export function redactStatement(
  statement: string,
  secrets: readonly string[],
  pattern: RegExp,
  limit: number,
): string {
  const longest = Math.max(0, ...secrets.map((secret) => secret.length));
  const head = statement.slice(0, 2 * limit + longest); // a text of any length costs no more than this
  const clean = withoutSecrets(head, secrets);
  const mayEndInSecret = head.length < statement.length;
  const end = mayEndInSecret ? clean.length - longest : clean.length;
  const cut = clean.slice(0, Math.min(limit, Math.max(0, end)));
  const value = /^\s*set\s/i.test(cut) ? wholeRest : sqlValue; // the value of SET is all that follows
  return redactValues(cut, sqlAssignments, pattern, value)
    .replaceAll(urlPassword, `$1${redacted}@`)
    .slice(0, limit);
}

/** `redactStatement` with the secrets of the gateway's own settings. */
export function statementRedactor(
  settings: Settings,
  pattern: RegExp,
): (statement: string, limit: number) => string {
  const secrets = secretsOf(settings, pattern);
  return (statement, limit) => redactStatement(statement, secrets, pattern, limit);
}

/**
 * A key and what joins it to its value. The value is not part of it: there may be further pairs in it. A key begins where a
 * word does, else the time would grow with the square of a long word.
 */
const assignments = /(["'`]?)(?<![\w.:-])([\w.:-]+)\1=/g;
const sqlAssignments = /(["'`]?)(?<![\w.-])([\w.-]+)\1(?:\s*(?:=>|==?|:)\s*|\s+(?=["']))/g;
const lineValue = /"[^"\n]*"|'[^'\n]*'|\S+/uy;
/** A quote that is never closed goes to the end; one that is doubled or escaped does not close. */
const sqlValue = /"(?:[^"\\]|\\.|"")*(?:"|$)|'(?:[^'\\]|\\.|'')*(?:'|$)|\S+/suy;
const wholeRest = /.+/suy;
const urlPassword = /(\/\/[^\s/:@'"]{1,200}:)[^\s/'"]{1,500}@/g;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= 4)
    .toSorted((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, redacted), text);
}

function redactValues(text: string, pairs: RegExp, pattern: RegExp, value: RegExp): string {
  let shown = '';
  let from = 0;
  for (const match of text.matchAll(pairs)) {
    const valueAt = match.index + match[0].length;
    if (match.index < from || !isSecretKey(match[2] ?? '', pattern)) continue;
    value.lastIndex = valueAt;
    const found = value.exec(text)?.[0];
    if (found === undefined) continue;
    shown += `${text.slice(from, valueAt)}${redacted}`;
    from = valueAt + found.length;
  }
  return shown + text.slice(from);
}
