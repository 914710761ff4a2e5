import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTrustStore } from '../../support/certificates.ts';
import {
  type JdbcDriver,
  runBeeline,
  runConnect,
  type Seen,
} from '../../support/client-programs.ts';
import { type JavaLogin, javaLogin } from '../../support/kerberos/java-login.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { type Kerberized, startKerberized, sum } from './kerberized.ts';

const storePassword = 'ofTheTrustStore';

let site: Kerberized;
let base: string;
/** What the URLs add for TLS. */
let tls: string;

beforeAll(async () => {
  site = await startKerberized('auth,auth-int,auth-conf');
  base = `jdbc:hive2://localhost:${site.gateway.port}/default`;
  const store = toTrustStore(site.authority, storePassword);
  tls = `ssl=true;sslTrustStore=${store};trustStorePassword=${storePassword}`;
});

afterAll(async () => {
  await site.stop();
  await stopAllProcesses();
});

const http = 'transportMode=http;httpPath=cliservice';
const principal = (service: string): string => `principal=${service}@TORII.TEST`;
const binary = (...more: readonly string[]): string =>
  [base, principal('hive/localhost'), ...more].join(';');
const overHttp = (...more: readonly string[]): string =>
  [base, http, principal('HTTP/localhost'), ...more].join(';');

describe.each<JdbcDriver>(['hive-2.3', 'hive-4.0.1', 'kyuubi-1.7.1'])('JDBC by %s', (driver) => {
  const run = (
    cache: string,
    urls: readonly string[],
    environment: NodeJS.ProcessEnv = {},
  ): Promise<Seen> => {
    const login: JavaLogin = javaLogin(site.kdc, cache);
    return runConnect(driver, urls, {
      ...login,
      environment: { ...login.environment, ...environment },
    });
  };

  it('comes in by a ticket, whatever SASL adds, over TLS and over HTTP', async () => {
    const seen = await run(site.alice, [
      binary(),
      ...['auth', 'auth-int', 'auth-conf'].map((qop) => binary(`saslQop=${qop}`)),
      binary(tls),
      overHttp(),
      overHttp(tls),
      [base, principal('hive/_HOST')].join(';'),
    ]);
    expect(seen).toEqual(Object.fromEntries([...Array(8).keys()].map((n) => [n, sum])));
  });

  it('comes in by a ticket of a principal with an instance', async () => {
    expect(await run(site.aliceOnHost, [binary(), overHttp()])).toEqual({ 0: sum, 1: sum });
  });

  it('comes in by a password on the same port, and is refused with another', async () => {
    const ways = [base, `${base};${http}`, `${base};${tls}`, `${base};${http};${tls}`];
    const right = await run(site.kdc.noTickets, ways, { CLIENT_PASSWORD: site.password });
    expect(right).toEqual({ 0: sum, 1: sum, 2: sum, 3: sum });
    const wrong = await run(site.kdc.noTickets, ways);
    expect(Object.values(wrong)).toEqual([
      expect.stringMatching(/^refused: .*user name or password is wrong/),
      expect.stringMatching(/^refused: .*HTTP Response code: 401/),
      expect.stringMatching(/^refused: .*user name or password is wrong/),
      expect.stringMatching(/^refused: .*HTTP Response code: 401/),
    ]);
  });

  it('is refused with a ticket for another service', async () => {
    const other = principal('other/localhost');
    const seen = await run(site.alice, [[base, other].join(';'), [base, http, other].join(';')]);
    expect(seen['0']).toMatch(/^refused: .*Peer indicated failure: .*service/s);
    expect(seen['1']).toMatch(/^refused: .*HTTP Response code: 401/s);
  });

  it('is refused without a ticket', async () => {
    const seen = await run(site.kdc.noTickets, [binary(), overHttp()]);
    expect(seen['0']).toMatch(/^refused: /);
    expect(seen['1']).toMatch(/^refused: /);
  });

  it('is refused as a user whom the gateway does not serve', async () => {
    const seen = await run(site.mallory, [binary(), overHttp()]);
    expect(seen['0']).toMatch(/^refused: .*mallory/s);
    expect(seen['1']).toMatch(/^refused: .*mallory/s);
  });
});

it.each<JdbcDriver>(['hive-2.3', 'hive-4.0.1'])(
  'JDBC by %s finds the gateway in ZooKeeper, and comes in by a ticket or a password',
  async (driver) => {
    const discovery = 'serviceDiscoveryMode=zooKeeper;zooKeeperNamespace=kyuubi';
    const found = `jdbc:hive2://${site.gateway.ready.zookeeper}/default;${discovery};${tls}`;
    const login = javaLogin(site.kdc, site.alice);
    const environment = { ...login.environment, CLIENT_PASSWORD: site.password };
    const urls = [[found, principal('hive/localhost')].join(';'), found];
    expect(await runConnect(driver, urls, { ...login, environment })).toEqual({ 0: sum, 1: sum });
  },
);

describe('beeline', () => {
  const run = (cache: string, url: string): ReturnType<typeof runBeeline> =>
    runBeeline(
      ['--silent=true', '--outputformat=csv2', '-u', url, '-e', 'select 7'],
      javaLogin(site.kdc, cache),
    );

  it.each<[string, () => string]>([
    ['auth-conf', () => binary('saslQop=auth-conf')],
    ['TLS', () => binary(tls)],
    ['HTTP', () => overHttp()],
  ])('comes in by a ticket, with %s', async (_, url) => {
    const { stdout, code } = await run(site.alice, url());
    expect([stdout, code]).toEqual(['7\n7\n', 0]);
  });

  it.each<[string, () => string]>([
    ['a socket', () => binary()],
    ['HTTP', () => overHttp()],
  ])('is refused over %s without a ticket', async (_, url) => {
    const { stderr, code } = await run(site.kdc.noTickets, url());
    expect(stderr).toMatch(/Could not (?:open|establish|create)/);
    expect(code).not.toBe(0);
  });
});

it('each login is in the log under the short name of its user, and no password is', () => {
  const log = site.gateway.process.stderr;
  expect(log).toContain('"user":"alice"');
  expect(log).not.toContain('alice@');
  expect(log).not.toContain(site.password);
});
