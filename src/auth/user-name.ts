import type { ShortNameRule } from '../config/short-names.ts';

/**
 * Whether a text can be a user's name. Databases and directories compare names loosely: what they would take for another's
 * name is none here.
 */
export function isUserName(text: string): boolean {
  return text !== '' && text === text.trim() && !/\p{Cc}/u.test(text);
}

/** A name as somebody has proved it, taken apart. */
export interface NameParts {
  /** What stands before the first `/` or `@`. */
  readonly short: string;
  /** What was cut off, in lower case: to whom else of that short name it makes the difference. Empty where nothing was. */
  readonly domain: string;
}

/**
 * `name`: of a password, a token, a certificate. `principal`: of Kerberos, `user@REALM` or `service/host@REALM`, where the host
 * makes no other user.
 */
export type NameForm = 'name' | 'principal';

/** Undefined where nobody could say who is meant: nothing stands before the cut, or a second `@` after it. */
export function splitName(name: string, form: NameForm = 'name'): NameParts | undefined {
  const cut = name.search(/[/@]/);
  const short = cut < 0 ? name : name.slice(0, cut);
  const at = name.indexOf('@');
  if (!isUserName(short) || at !== name.lastIndexOf('@')) return undefined;
  if (cut < 0) return { short, domain: '' };
  const domain = name.slice(form === 'principal' && at >= 0 ? at + 1 : cut + 1).toLowerCase();
  return domain === '' ? undefined : { short, domain };
}

/**
 * The user as whom a name counts, by `torii.authentication.short.names` (kyuubi-contract 7.1); undefined for a name that is
 * refused. Whether it is another's short name, `UserNames` knows.
 */
export function shortName(
  name: string,
  rule: ShortNameRule,
  form: NameForm = 'name',
): string | undefined {
  if (rule.kind === 'off') return isUserName(name) ? name : undefined;
  const parts = splitName(name, form);
  if (parts === undefined) return undefined;
  const isKnown = rule.kind === 'any' || parts.domain === '' || rule.domains.has(parts.domain);
  return isKnown ? parts.short : undefined;
}
