import { authenticationEntries } from '../config/entries/authentication.ts';
import { sessionEntries } from '../config/entries/session.ts';
import type { SessionConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../core/errors.ts';
import { staticGroups } from './group-provider.ts';
import type { GroupProvider } from './group-provider.ts';
import type { StartedLogins } from './provider-table.ts';

/** Whom `kyuubi.session.group.provider` names; throws CONFIG_INVALID for a directory that no login asks. */
export function sessionGroups(
  { groupProvider, staticGroups: groups }: SessionConfig,
  logins: Pick<StartedLogins, 'groups'>,
): GroupProvider {
  if (groupProvider === 'static') return staticGroups(groups);
  if (logins.groups !== undefined) return logins.groups;
  throw new GatewayError(
    'CONFIG_INVALID',
    `${sessionEntries.groupProvider.key} is ldap, and ${authenticationEntries.methods.key} does not list LDAP`,
  );
}
