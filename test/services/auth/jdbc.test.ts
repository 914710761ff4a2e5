import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AuthProvider } from '../../../src/auth/auth-provider.ts';
import { startLogins } from '../../../src/auth/provider-table.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { collectedLog } from '../../support/collected-log.ts';
import {
  databasePassword,
  databaseUser,
  startMariadb,
  startPostgres,
} from '../../support/database-server.ts';
import type { DatabaseServer, DatabaseServerOptions } from '../../support/database-server.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import { newSecret } from '../../support/secrets.ts';

const alicesPassword = newSecret();
const zoesPassword = `${newSecret()}größer`;

interface Kind {
  readonly name: string;
  readonly start: (options: DatabaseServerOptions) => Promise<DatabaseServer>;
  readonly sql: string;
  readonly url: (port: number, more?: string, host?: string) => string;
  readonly driver: string;
  readonly query: string;
  /** A query that takes longer than a test waits. */
  readonly slowQuery: string;
  readonly withoutTls: string;
  readonly withTls: string;
  readonly verified: string;
}

const kinds: readonly Kind[] = [
  {
    name: 'PostgreSQL',
    start: startPostgres,
    sql: `CREATE TABLE users (name text, hash text);
      INSERT INTO users VALUES ('alice', encode(sha256('${alicesPassword}'), 'hex')),
        ('zoë', encode(sha256(convert_to('${zoesPassword}', 'UTF8')), 'hex'));`,
    url: (port, more = '', host = '127.0.0.1') =>
      `jdbc:postgresql://${host}:${port}/postgres${more}`,
    driver: 'org.postgresql.Driver',
    query:
      "SELECT 1 FROM users WHERE name = ${user} AND hash = encode(sha256(convert_to(${password}, 'UTF8')), 'hex')",
    slowQuery: 'SELECT 1 FROM pg_sleep(30) WHERE ${user} <> ${password}',
    withoutTls: '?sslmode=disable',
    withTls: '?sslmode=require',
    verified: '?sslmode=verify-full',
  },
  {
    name: 'MariaDB',
    start: startMariadb,
    // An init file has a statement on each line.
    sql: [
      'CREATE DATABASE site;',
      'CREATE TABLE site.users (name varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, hash char(64));',
      `INSERT INTO site.users VALUES ('alice', sha2('${alicesPassword}', 256)), ('zoë', sha2('${zoesPassword}', 256));`,
    ].join('\n'),
    url: (port, more = '', host = '127.0.0.1') => `jdbc:mysql://${host}:${port}/site${more}`,
    driver: 'com.mysql.cj.jdbc.Driver',
    query: 'SELECT 1 FROM users WHERE name = ${user} AND hash = sha2(${password}, 256)',
    slowQuery: 'SELECT sleep(30) FROM users WHERE ${user} <> ${password}',
    withoutTls: '?useSSL=false',
    withTls: '?sslMode=REQUIRED',
    verified: '?sslMode=VERIFY_IDENTITY',
  },
];

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const never = new AbortController().signal;
const key = 'kyuubi.authentication.jdbc.';
const refused = { code: 'AUTHENTICATION_FAILED', message: 'Error validating the login' };
const unavailable = { code: 'AUTHENTICATION_UNAVAILABLE' };

function settings(kind: Kind, url: string): Record<string, string> {
  return {
    'kyuubi.authentication': 'JDBC',
    [`${key}driver.class`]: kind.driver,
    [`${key}url`]: url,
    [`${key}user`]: databaseUser,
    [`${key}password`]: '${env:DATABASE_PASSWORD}',
    [`${key}query`]: kind.query,
  };
}

/** The provider as the gateway would have it, and what it logs. */
async function provider(
  conf: Readonly<Record<string, string>>,
): Promise<{ readonly logins: AuthProvider; readonly lines: string[] }> {
  const { config } = loadConfig({
    environment: { DATABASE_PASSWORD: databasePassword },
    currentDir: '/nonexistent',
    confArguments: Object.entries(conf).map(([name, value]) => `${name}=${value}`),
  });
  const { log, lines } = collectedLog();
  const started = await startLogins({ config, environment: {}, clock: systemClock, log });
  endings.push(() => started.stop());
  if (started.passwords === undefined) throw new Error('no passwords are taken');
  return { logins: started.passwords, lines };
}

describe.each(kinds)('users in $name', (kind) => {
  let plain: DatabaseServer;
  let secure: DatabaseServer;
  beforeAll(async () => {
    plain = await kind.start({ sql: kind.sql });
    secure = await kind.start({ sql: kind.sql, certificateFor: 'localhost' });
  });
  afterAll(async () => {
    await plain.stop();
    await secure.stop();
  });

  const open = (more: Readonly<Record<string, string>> = {}): ReturnType<typeof provider> =>
    provider({ ...settings(kind, kind.url(plain.port)), ...more });

  it('come in with their password', async () => {
    const { logins } = await open();
    expect(await logins.authenticate('alice', alicesPassword, never)).toEqual({
      user: 'alice',
      isAuthenticated: true,
    });
    expect(await logins.authenticate('zoë', zoesPassword, never)).toMatchObject({ user: 'zoë' });
  });

  it.each([
    ['a wrong password', 'alice', `${alicesPassword}x`],
    ['an unknown user', 'bob', alicesPassword],
    ['a name in other letters', 'ALICE', alicesPassword],
    ['a name that ends the text of a query', "alice' -- ", 'x'],
    ['a name that is always true', "' OR '1'='1", 'x'],
    ['a password that is always true', 'alice', "') OR ('1'='1"],
    ['a password with a backslash', 'alice', "\\' OR 1=1 #"],
    ['a second statement', 'alice', "x'); DROP TABLE users; --"],
    ['a place for a parameter', '${user}', '$1 ? ${password}'],
  ])('are refused for %s', async (_, user, password) => {
    const { logins } = await open();
    await expect(logins.authenticate(user, password, never)).rejects.toMatchObject(refused);
    expect(await logins.authenticate('alice', alicesPassword, never)).toMatchObject({
      user: 'alice',
    });
  });

  it('come in many at once over few connections', async () => {
    const { logins } = await open({ 'torii.authentication.jdbc.pool.size': '2' });
    const all = Array.from({ length: 40 }, (_, i) =>
      logins.authenticate('alice', i % 4 === 0 ? 'wrong' : alicesPassword, never).then(
        () => 'in',
        (thrown: unknown) => (thrown as { code: string }).code,
      ),
    );
    const outcomes = await Promise.all(all);
    expect(outcomes.filter((each) => each === 'in')).toHaveLength(30);
    expect(outcomes.filter((each) => each === 'AUTHENTICATION_FAILED')).toHaveLength(10);
  });

  it('come in over TLS, as far as the URL asks for it and the server proves itself', async () => {
    const over = async (port: number, parameters: string, host?: string): Promise<unknown> => {
      const url = kind.url(port, parameters, host);
      const ca = { 'torii.authentication.jdbc.tls.ca.file': secure.certificate ?? '' };
      const { logins } = await provider({ ...settings(kind, url), ...ca });
      return logins.authenticate('alice', alicesPassword, never).then(
        ({ user }) => user,
        (thrown: unknown) => (thrown as { code: string }).code,
      );
    };
    expect(await over(secure.port, '')).toBe('alice');
    expect(await over(secure.port, kind.withTls)).toBe('alice');
    expect(await over(secure.port, kind.verified, 'localhost')).toBe('alice');
    expect(await over(plain.port, kind.withoutTls)).toBe('alice');
    expect(await over(plain.port, kind.withTls)).toBe('AUTHENTICATION_UNAVAILABLE');
  });

  it('are not asked of a server whose certificate nobody vouches for', async () => {
    const { logins, lines } = await provider(
      settings(kind, kind.url(secure.port, kind.verified, 'localhost')),
    );
    const login = logins.authenticate('alice', alicesPassword, never);
    await expect(login).rejects.toMatchObject(unavailable);
    expect(lines.join('')).toMatch(/self.signed certificate/i);
  });

  it('are not asked of a server whose certificate is for another host', async () => {
    const other = await kind.start({ sql: kind.sql, certificateFor: 'database.test' });
    endings.push(() => other.stop());
    const { logins, lines } = await provider({
      ...settings(kind, kind.url(other.port, kind.verified, 'localhost')),
      'torii.authentication.jdbc.tls.ca.file': other.certificate ?? '',
    });
    const login = logins.authenticate('alice', alicesPassword, never);
    await expect(login).rejects.toMatchObject(unavailable);
    expect(lines.join('')).toContain('altnames');
  });

  it('are told when the query fails, and neither they nor the log what it quoted', async () => {
    const { logins, lines } = await open({
      [`${key}query`]: kind.query.replace('users', 'nowhere'),
    });
    const login = logins.authenticate('alice', 'hunter2hunter2', never);
    await expect(login).rejects.toMatchObject(unavailable);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/"problem":"error (42P01|ER_NO_SUCH_TABLE)"/);
    expect(lines[0]).not.toMatch(/hunter2|nowhere/);
  });

  it('wait no longer than is set for an answer, and the next one is asked afresh', async () => {
    const { logins } = await open({
      [`${key}query`]: kind.slowQuery,
      'torii.authentication.jdbc.timeout': 'PT0.3S',
      'torii.authentication.jdbc.pool.size': '1',
    });
    for (const _ of [1, 2]) {
      await expect(logins.authenticate('alice', 'x', never)).rejects.toMatchObject(unavailable);
    }
  });

  it('come in again once a server that hung goes on', async () => {
    const { logins } = await open({ 'torii.authentication.jdbc.timeout': 'PT1S' });
    await logins.authenticate('alice', alicesPassword, never);
    plain.signal('SIGSTOP');
    try {
      const login = logins.authenticate('alice', alicesPassword, never);
      await expect(login).rejects.toMatchObject(unavailable);
    } finally {
      plain.signal('SIGCONT');
    }
    expect(await logins.authenticate('alice', alicesPassword, never)).toMatchObject({
      user: 'alice',
    });
  });

  it("of the gateway's door: one in, one refused, one told that the database is down", async () => {
    const engine = await FakeHs2Server.start({});
    endings.push(() => engine.stop());
    const conf = {
      ...settings(kind, kind.url(plain.port)),
      [`${key}password`]: databasePassword,
    };
    const door = await startInProcess({ enginePort: engine.port, conf });
    endings.push(() => door.stop());
    const connect = async (port: number, password: string): Promise<string> => {
      const client = await connectHs2({ port, user: 'alice', password, limitMs: 10_000 });
      endings.push(() => client.end());
      await client.openSession();
      return client.user;
    };
    expect(await connect(door.port, alicesPassword)).toBe('alice');
    await expect(connect(door.port, 'wrong')).rejects.toThrow(
      'SASL status 3: Error validating the login',
    );
    const nobody = await silentServer();
    endings.push(() => nobody.stop());
    const lost = await startInProcess({
      enginePort: engine.port,
      conf: {
        ...conf,
        [`${key}url`]: kind.url(nobody.port),
        'torii.authentication.jdbc.timeout': 'PT0.3S',
      },
    });
    endings.push(() => lost.stop());
    await expect(connect(lost.port, alicesPassword)).rejects.toThrow(
      'SASL status 3: the login could not be checked: the database of users does not answer',
    );
  });
});

/** Takes connections and says nothing. */
async function silentServer(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
