import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority, toTrustStore } from '../../support/certificates.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { javaLogin } from '../../support/kerberos/java-login.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { audience, issuer, newKey, signToken } from '../../support/token-issuer.ts';
import { newUser, serviceDn, Slapd, suffix } from '../../support/slapd.ts';
import { attempt, type Login, type Outcomes, type Surroundings } from './matrix-attempts.ts';
import { type Cell, cells, nameOf, tableOf } from './matrix-cells.ts';

const alice = newUser('alice');
/** Of a store of public certificates; the drivers quote it with the URL that it stands in. */
const storePassword = 'ofTheTrustStore';
/** Proof is asked for at the last two. */
const doors = ['open', 'openTls', 'closed', 'closedTls'] as const;

let dir: string;
let slapd: Slapd;
let kdc: Kdc;
let gateways: Readonly<Record<(typeof doors)[number], RunningGateway>>;
const accepted: Record<string, unknown> = {};
const refused: Record<string, unknown> = {};

beforeAll(async () => {
  dir = makeTempDir('matrix');
  slapd = await Slapd.start({ users: [alice] });
  const authority = new CertificateAuthority(dir, 'authority');
  const stranger = new CertificateAuthority(dir, 'stranger');
  const [published, other] = [await newKey('one'), await newKey('one')];
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [published.published] }));
  kdc = await startKdc();
  const [hive, http] = ['hive/localhost', 'HTTP/localhost'];
  await kdc.addPrincipals(hive, http, 'alice', 'mallory');
  const store = toTrustStore(authority, storePassword);
  const around = (cache: string): Surroundings => ({
    ca: authority.file,
    store,
    storePassword,
    tickets: javaLogin(kdc, cache),
    realm: kdc.realm,
    folder: dir,
  });

  const own = authority.issue();
  const tls = {
    'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
    'torii.frontend.ssl.certificate.file': own.certificate,
    'torii.frontend.ssl.key.file': own.key,
    'torii.frontend.ssl.client.auth': 'WANT',
    'torii.frontend.ssl.client.ca.file': authority.file,
    'torii.frontend.ssl.client.user': 'CN',
  };
  const proof = {
    'kyuubi.authentication': 'KERBEROS,LDAP,JWT',
    'kyuubi.kinit.principal': `${hive}@${kdc.realm}`,
    'kyuubi.kinit.keytab': await kdc.keytab(hive),
    'kyuubi.spnego.principal': `${http}@${kdc.realm}`,
    'kyuubi.spnego.keytab': await kdc.keytab(http),
    'kyuubi.server.limit.connections.user.deny.list': 'mallory',
    'kyuubi.authentication.ldap.url': slapd.url,
    'kyuubi.authentication.ldap.baseDN': suffix,
    'kyuubi.authentication.ldap.binddn': serviceDn,
    'kyuubi.authentication.ldap.bindpw': `\${file:${slapd.passwordFile}}`,
    'torii.authentication.jwt.jwks.file': keys,
    'torii.authentication.jwt.issuer': issuer,
    'torii.authentication.jwt.audience': audience,
    'torii.authentication.throttle.user.failures': '1000',
    'torii.authentication.throttle.address.failures': '1000',
  };
  const open = await startGateway();
  // All of them find the one engine that the first of them starts.
  const beside = (conf: Readonly<Record<string, string>>): Promise<RunningGateway> =>
    startGateway({
      env: { KRB5_CONFIG: kdc.krb5Conf },
      conf: {
        'kyuubi.ha.addresses': String(open.ready['zookeeper']),
        'torii.engine.security.secret.file': join(open.dir, 'work', 'master.secret'),
        ...conf,
      },
    });
  gateways = {
    open,
    openTls: await beside(tls),
    closed: await beside(proof),
    closedTls: await beside({ ...tls, ...proof }),
  };

  const [token, strangers] = [await signToken(published), await signToken(other)];
  const [mine, theirs] = [authority.issue('/CN=alice'), stranger.issue('/CN=alice')];
  const right = (cell: Cell): Login => {
    const [port, user] = [portFor(cell, asksForProof(cell)), 'alice'];
    switch (cell.method) {
      case 'none':
      case 'nosasl':
        return { port, user, secret: 'x' };
      case 'password':
        return { port, user, secret: alice.password };
      case 'token':
      case 'bearer':
        return { port, user, secret: token };
      case 'certificate':
        return { port, user, secret: '', certificate: mine };
      case 'kerberos':
        return { port, user, secret: 'x' };
    }
  };
  const wrong = (cell: Cell): Login => {
    const login = { ...right(cell), port: portFor(cell, true) };
    switch (cell.method) {
      case 'none':
      case 'nosasl':
      case 'kerberos': // by another's ticket
        return login;
      case 'password':
        return { ...login, secret: `${login.secret}x` };
      case 'token':
      case 'bearer':
        return { ...login, secret: strangers };
      case 'certificate':
        return { ...login, certificate: theirs };
    }
  };
  const [tickets, others] = [await kdc.kinit('alice'), await kdc.kinit('mallory')];
  Object.assign(accepted, await attempt(cells, right, around(tickets)));
  Object.assign(refused, await attempt(cells, wrong, around(others)));
}, 600_000); // all attempts, which take five minutes on a busy machine

afterAll(async () => {
  for (const door of doors.toReversed()) await gateways[door].stop();
  await slapd.stop();
  await kdc.stop();
  await stopAllProcesses();
  removeTempDir(dir);
});

const asksForProof = ({ method }: Cell): boolean => method !== 'none' && method !== 'nosasl';

function portFor({ transport }: Cell, isClosed: boolean): number {
  const isSecured = transport === 'tls' || transport === 'https';
  if (isClosed) return gateways[isSecured ? 'closedTls' : 'closed'].port;
  return gateways[isSecured ? 'openTls' : 'open'].port;
}

const only = (outcomes: Outcomes, isGood: (outcome: unknown) => boolean): Outcomes =>
  Object.fromEntries(Object.entries(outcomes).filter(([, outcome]) => !isGood(outcome)));

describe('every client by every transport and login', () => {
  it('is let in as whom it proved to be', () => {
    expect(Object.keys(accepted)).toHaveLength(cells.length);
    expect(only(accepted, (outcome) => outcome === 'alice')).toEqual({});
  });

  it('is refused without that proof', () => {
    expect(Object.keys(refused)).toHaveLength(cells.length);
    expect(only(refused, (outcome) => String(outcome).startsWith('refused: '))).toEqual({});
  });

  it('is in the table of docs/clients.md', async () => {
    const shown = cells
      .map(nameOf)
      .filter((name) => accepted[name] === 'alice' && String(refused[name]).startsWith('refused'));
    const page = new URL('../../../docs/clients.md', import.meta.url);
    const [text = ''] = readFileSync(page, 'utf8').split(/(?<=<!-- by the tests -->\n)/);
    await expect(`${text}
${tableOf(new Set(shown))}`).toMatchFileSnapshot(page.pathname);
  });
});
