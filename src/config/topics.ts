import type { Entries, Entry } from './entry.ts';
import { auditEntries } from './entries/audit.ts';
import {
  authenticationEntries,
  engineSecurityEntries,
  passwordFileEntries,
  throttleEntries,
} from './entries/authentication.ts';
import { clustersEntries } from './entries/clusters.ts';
import { discoveryEntries, embeddedZookeeperEntries } from './entries/discovery.ts';
import { engineLaunchEntries } from './entries/engine-launch.ts';
import { engineOwnEntries } from './entries/engine-own.ts';
import { engineShareEntries } from './entries/engine-share.ts';
import { frontendTlsEntries } from './entries/frontend-tls.ts';
import { frontendEntries } from './entries/frontend.ts';
import { httpEntries } from './entries/http.ts';
import { impersonationEntries, superuserEntries } from './entries/impersonation.ts';
import { installationEntries } from './entries/installation.ts';
import { jdbcEntries } from './entries/jdbc.ts';
import { jwtEntries } from './entries/jwt.ts';
import { kerberosEntries } from './entries/kerberos.ts';
import { ldapEntries } from './entries/ldap.ts';
import { limitsEntries } from './entries/limits.ts';
import { operationEntries } from './entries/operation.ts';
import { logEntries, serverEntries } from './entries/server.ts';
import { restEntries } from './entries/rest.ts';
import { reconcileEntries } from './entries/reconcile.ts';
import { sessionEntries } from './entries/session.ts';
import { spnegoEntries } from './entries/spnego.ts';
import { zookeeperTlsEntries } from './entries/zookeeper-tls.ts';

export interface Topic {
  readonly title: string;
  readonly entries: Entries;
}

/** Every entry there is, in the order of the reference. A new file of entries is one line here. */
export const topics: readonly Topic[] = [
  { title: 'Frontend', entries: frontendEntries },
  { title: 'Thrift over HTTP', entries: httpEntries },
  { title: 'HTTP API', entries: restEntries },
  { title: 'TLS for clients', entries: frontendTlsEntries },
  { title: 'Authentication of clients', entries: authenticationEntries },
  { title: 'Authentication by a database', entries: jdbcEntries },
  { title: 'Authentication by tokens', entries: jwtEntries },
  { title: 'Authentication by a password file', entries: passwordFileEntries },
  { title: 'LDAP', entries: ldapEntries },
  { title: 'Kerberos', entries: kerberosEntries },
  { title: 'Kerberos over HTTP', entries: spnegoEntries },
  { title: 'Failed logins', entries: throttleEntries },
  { title: 'Acting for others', entries: { ...superuserEntries, ...impersonationEntries } },
  { title: 'Sessions', entries: sessionEntries },
  { title: 'Operations', entries: operationEntries },
  { title: 'Limits', entries: limitsEntries },
  { title: 'Sharing engines', entries: engineShareEntries },
  { title: 'Clusters and presets', entries: clustersEntries },
  { title: 'Launching engines', entries: engineLaunchEntries },
  { title: 'Keeping clusters tidy', entries: reconcileEntries },
  { title: 'Read by the engine', entries: engineOwnEntries },
  { title: 'Between gateway and engine', entries: engineSecurityEntries },
  { title: 'Discovery', entries: discoveryEntries },
  { title: 'TLS to ZooKeeper', entries: zookeeperTlsEntries },
  { title: 'Embedded ZooKeeper', entries: embeddedZookeeperEntries },
  { title: 'Server', entries: serverEntries },
  { title: 'Log', entries: logEntries },
  { title: 'Audit', entries: auditEntries },
  { title: 'Installation', entries: installationEntries },
];

export const allEntries: readonly Entry<unknown>[] = topics.flatMap((topic) =>
  Object.values(topic.entries),
);

/** By each entry's own key; where another key is an alias of it and no entry itself, by that too. */
export const entryByKey: ReadonlyMap<string, Entry<unknown>> = new Map([
  ...allEntries.flatMap((one) => one.aliases.map((alias) => [alias, one] as const)),
  ...allEntries.map((one) => [one.key, one] as const),
]);
