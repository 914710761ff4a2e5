import type { Clock } from '../../core/clock.ts';
import type { Environment } from '../../config/environment.ts';
import { ConnectionPool } from './connection-pool.ts';
import { type ConnectionTimes, LdapConnection } from './ldap-connection.ts';
import type { LdapSettings, ServerAddress, ServiceAccount } from './ldap-settings.ts';
import { LdapTrouble } from './ldap-trouble.ts';
import { readSecret } from '../../config/secret-reference.ts';

export interface ServerParts {
  readonly times: ConnectionTimes;
  readonly poolSize: number;
  readonly environment: Environment;
  readonly clock: Clock;
}

/** One server with its connections. */
export class LdapServer {
  /** As in logs. */
  readonly name: string;
  /** Connections that act for whoever is bound next: every user of one binds first. */
  readonly forPasswords: ConnectionPool;
  /** Connections that act for the service account; undefined without one. */
  readonly forSearches: ConnectionPool | undefined;

  constructor(address: ServerAddress, settings: LdapSettings, parts: ServerParts) {
    const { service, caFile } = settings;
    const options = { server: address, caFile, times: parts.times, clock: parts.clock };
    const open = (signal: AbortSignal): Promise<LdapConnection> =>
      LdapConnection.open(options, signal);
    this.name = address.text;
    this.forPasswords = new ConnectionPool(parts.poolSize, open);
    if (service === undefined) return;
    this.forSearches = new ConnectionPool(parts.poolSize, async (signal) => {
      const connection = await open(signal);
      try {
        await bindService(connection, service, parts.environment, signal);
        return connection;
      } catch (thrown) {
        connection.close();
        throw thrown;
      }
    });
  }

  stop(): void {
    this.forPasswords.stop();
    this.forSearches?.stop();
  }
}

async function bindService(
  connection: LdapConnection,
  service: ServiceAccount,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const password = await readSecret(service.password, environment).catch((cause: unknown) => {
    throw new LdapTrouble('failed', 'the password of binddn cannot be read', { cause });
  });
  if (await connection.bind(service.dn, password, signal)) return;
  throw new LdapTrouble('failed', 'the server refused binddn with its password', {
    hint: 'Correct kyuubi.authentication.ldap.binddn or .bindpw.',
  });
}
