import { ldapEntries } from '../../config/entries/ldap.ts';
import { missing } from '../started-provider.ts';
import type { ProviderParts, StartedProvider } from '../started-provider.ts';
import type { GroupProvider } from '../group-provider.ts';
import { ldapProvider } from './ldap-provider.ts';

/** It knows groups of users as well. */
export type StartedDirectory = StartedProvider & { readonly groups: GroupProvider };

/** Throws CONFIG_INVALID where a setting is missing or wrong; no server is asked before the first login. */
export function startLdap({
  config,
  environment,
  clock,
  log,
}: ProviderParts): Promise<StartedDirectory> {
  if (config.ldap.url === undefined) throw missing('LDAP', ldapEntries.url.key);
  const provider = ldapProvider(config.ldap, { environment, clock, log });
  return Promise.resolve({ provider, groups: provider, stop: () => provider.stop() });
}
