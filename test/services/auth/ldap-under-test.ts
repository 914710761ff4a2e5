import { type LdapProvider, ldapProvider } from '../../../src/auth/ldap/ldap-provider.ts';
import { ldapEntries } from '../../../src/config/entries/ldap.ts';
import { readSection } from '../../../src/config/entry.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { serviceDn, type Slapd, suffix } from '../../support/slapd.ts';

export type LdapKeys = Readonly<Partial<Record<keyof typeof ldapEntries, string>>>;

/** Users by pattern below ou=people. */
export const byPattern: LdapKeys = {
  userDnPattern: `uid=%s,ou=people,${suffix}`,
  groupDnPattern: `cn=%s,ou=groups,${suffix}`,
};

/** Users found by the service account, anywhere. */
export const bySearch = (slapd: Slapd): LdapKeys => ({
  baseDn: suffix,
  bindDn: serviceDn,
  bindPassword: `\${file:${slapd.passwordFile}}`,
});

export interface TestedLdap {
  readonly provider: LdapProvider;
  /** Everything that was logged. */
  readonly lines: readonly string[];
}

/** A provider with these settings and no cache, by the names of the entries. */
export function startLdap(keys: LdapKeys): TestedLdap {
  const settings = new Map(
    Object.entries({ cacheLifetimeMs: '0', ...keys }).map(([name, text]) => [
      ldapEntries[name as keyof typeof ldapEntries].key, // the names are those of LdapKeys
      text,
    ]),
  );
  const { log, lines } = collectedLog();
  const provider = ldapProvider(readSection(ldapEntries, settings), {
    environment: {},
    clock: systemClock,
    log,
  });
  return { provider, lines };
}

export const never = new AbortController().signal;

/** The name that a login comes in as, or the code that it is refused with. */
export async function outcomeOf(
  provider: LdapProvider,
  user: string,
  password: string,
): Promise<string> {
  try {
    return (await provider.authenticate(user, password, never)).user;
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code;
    throw thrown;
  }
}
