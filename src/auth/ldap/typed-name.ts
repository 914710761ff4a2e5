import { isWithin, parseDn } from './distinguished-name.ts';
import { foldName } from './name-folding.ts';

/** A name as a user may type it. */
export type TypedName =
  | { readonly kind: 'short'; readonly name: string }
  /** `user@domain` where no domain is configured. */
  | { readonly kind: 'address'; readonly name: string }
  | { readonly kind: 'dn'; readonly dn: string };

export interface NameRules {
  readonly domain: string | undefined;
  readonly userBases: readonly string[];
}

const longestName = 1024;

/** What a user typed; undefined for what can't be a name here, before anything is asked. */
export function readTypedName(typed: string, rules: NameRules): TypedName | undefined {
  if (typed.trim() === '' || typed.length > longestName || !typed.isWellFormed()) return undefined;
  if (/[\0-\x1f\x7f]/.test(typed)) return undefined;
  if (typed.includes('=')) {
    const isOurs =
      parseDn(typed) !== undefined && rules.userBases.some((base) => isWithin(typed, base));
    return isOurs ? { kind: 'dn', dn: typed } : undefined;
  }
  if (typed.includes('/')) return undefined; // elsewhere a name ends there: `alice/x` would become `alice`
  const at = typed.indexOf('@');
  if (at < 0) return { kind: 'short', name: typed };
  const [name, domain] = [typed.slice(0, at), typed.slice(at + 1)];
  if (name.trim() === '' || domain === '') return undefined;
  if (rules.domain === undefined) return { kind: 'address', name: typed };
  return foldName(domain) === foldName(rules.domain) ? { kind: 'short', name } : undefined;
}
