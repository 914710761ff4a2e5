import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatPasswordHash, hashPassword } from '../../../src/core/password-hash.ts';
import { saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { databasePassword, databaseUser, startPostgres } from '../../support/database-server.ts';
import type { DatabaseServer } from '../../support/database-server.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { basic, post } from '../../support/hs2-http-client.ts';
import { encodeCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { GssapiClient } from '../../support/kerberos/gssapi-client.ts';
import { Initiator } from '../../support/kerberos/initiator.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';
import { openedSession } from '../../support/opened-session.ts';
import { newSecret } from '../../support/secrets.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { audience, issuer, newKey, signToken } from '../../support/token-issuer.ts';
import { newUser, serviceDn, Slapd, suffix } from '../../support/slapd.ts';

const sockets = ['binary', 'binary, TLS'] as const;
const web = ['HTTP', 'HTTPS', 'HTTP on its own port', 'HTTPS on its own port'] as const;
/** The HTTP API, on its own port. */
const rest = ['REST', 'REST, TLS'] as const;
const doors = [...sockets, ...web, ...rest];
type Door = (typeof doors)[number];

type Proof =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'ticket'; readonly cache: string }
  | { readonly kind: 'certificate'; readonly made: MadeCertificate | undefined }
  | { readonly kind: 'none' };

interface Method {
  readonly doors: readonly Door[];
  /** Of the gateways below. */
  readonly at: 'mixed' | 'database' | 'file';
  readonly right: () => Proof;
  readonly wrong: () => Proof;
}

const openCall = encodeCall('OpenSession', { client_protocol: 9, username: 'alice' }, 1);
const ldapUser = newUser('alice');
const [ofDatabase, ofFile] = [newSecret(), newSecret()];
const password = (text: string): Proof => ({ kind: 'password', password: text });

/** Names of methods, with the right proof of alice, and one that is not hers. */
const methods: Readonly<Record<string, Method>> = {
  'a password of LDAP': {
    doors,
    at: 'mixed',
    right: () => password(ldapUser.password),
    wrong: () => password(ofFile),
  },
  'a password of a database': {
    doors,
    at: 'database',
    right: () => password(ofDatabase),
    wrong: () => password(ldapUser.password),
  },
  'a password of a file': {
    doors,
    at: 'file',
    right: () => password(ofFile),
    wrong: () => password(ofDatabase),
  },
  'a token as password': {
    doors,
    at: 'mixed',
    right: () => password(tokens.right),
    wrong: () => password(tokens.wrong),
  },
  'a bearer token': {
    doors: [...web, ...rest],
    at: 'mixed',
    right: () => ({ kind: 'bearer', token: tokens.right }),
    wrong: () => ({ kind: 'bearer', token: tokens.wrong }),
  },
  'a Kerberos ticket': {
    doors,
    at: 'mixed',
    right: () => ({ kind: 'ticket', cache: tickets.right }),
    wrong: () => ({ kind: 'ticket', cache: tickets.wrong }),
  },
  'a client certificate': {
    doors: ['binary, TLS', 'HTTPS', 'HTTPS on its own port', 'REST, TLS'],
    at: 'mixed',
    right: () => ({ kind: 'certificate', made: certificates.right }),
    wrong: () => ({ kind: 'certificate', made: certificates.wrong }),
  },
};

let dir: string;
let kdc: Kdc;
let partner: Kdc;
let slapd: Slapd;
let database: DatabaseServer;
let engine: FakeHs2Server;
let authority: CertificateAuthority;
let gateways: Readonly<Record<Method['at'], InProcessGateway>>;
let tokens: Readonly<Record<'right' | 'wrong', string>>;
let tickets: typeof tokens;
let certificates: Readonly<Record<'right' | 'wrong', MadeCertificate>>;
const lines: Record<string, readonly string[]> = {};

beforeAll(async () => {
  dir = makeTempDir('every-door');
  [kdc, partner, slapd, database, engine] = await Promise.all([
    startKdc(),
    startKdc('PARTNER.TEST'),
    Slapd.start({ users: [ldapUser] }),
    startPostgres({
      sql: `CREATE TABLE users (name text, hash text);
        INSERT INTO users VALUES ('alice', encode(sha256('${ofDatabase}'), 'hex'));`,
    }),
    FakeHs2Server.start(),
  ]);
  authority = new CertificateAuthority(dir, 'authority');
  const stranger = new CertificateAuthority(dir, 'stranger');
  certificates = { right: authority.issue('/CN=alice'), wrong: stranger.issue('/CN=alice') };
  const [published, other] = [await newKey('one'), await newKey('one')];
  tokens = { right: await signToken(published), wrong: await signToken(other) };
  await kdc.addPrincipals('hive/localhost', 'HTTP/localhost', 'alice');
  await partner.addPrincipals('alice');
  await kdc.trust(partner);
  process.env['KRB5_CONFIG'] = kdc.krb5Conf;
  tickets = { right: await kdc.kinit('alice'), wrong: await partner.kinit('alice') };
  const hash = await hashPassword(ofFile, { logN: 14, r: 8, p: 1 });
  gateways = {
    mixed: await start('mixed', {
      'kyuubi.authentication': 'KERBEROS,LDAP,JWT',
      'kyuubi.kinit.principal': `hive/localhost@${kdc.realm}`,
      'kyuubi.kinit.keytab': await kdc.keytab('hive/localhost'),
      'kyuubi.spnego.principal': `HTTP/localhost@${kdc.realm}`,
      'kyuubi.spnego.keytab': await kdc.keytab('HTTP/localhost'),
      'kyuubi.authentication.ldap.url': slapd.url,
      'kyuubi.authentication.ldap.baseDN': suffix,
      'kyuubi.authentication.ldap.binddn': serviceDn,
      'kyuubi.authentication.ldap.bindpw': `\${file:${slapd.passwordFile}}`,
      'torii.authentication.jwt.jwks.file': file(
        'keys.json',
        JSON.stringify({ keys: [published.published] }),
      ),
      'torii.authentication.jwt.issuer': issuer,
      'torii.authentication.jwt.audience': audience,
      'torii.frontend.ssl.client.auth': 'WANT',
      'torii.frontend.ssl.client.ca.file': authority.file,
      'torii.frontend.ssl.client.user': 'CN',
    }),
    database: await start('database', {
      'kyuubi.authentication': 'JDBC',
      'kyuubi.authentication.jdbc.url': `jdbc:postgresql://127.0.0.1:${database.port}/postgres`,
      'kyuubi.authentication.jdbc.user': databaseUser,
      'kyuubi.authentication.jdbc.password': `\${file:${file('database-password', databasePassword)}}`,
      'kyuubi.authentication.jdbc.query':
        "SELECT 1 FROM users WHERE name = ${user} AND hash = encode(sha256(convert_to(${password}, 'UTF8')), 'hex')",
    }),
    file: await start('file', {
      'kyuubi.authentication': 'PASSWORD_FILE',
      'torii.authentication.password.file': file('users', `alice:${formatPasswordHash(hash)}\n`),
    }),
  };
});

afterAll(async () => {
  for (const gateway of Object.values(gateways)) await gateway.stop();
  delete process.env['KRB5_CONFIG'];
  for (const server of [engine, database, slapd, partner, kdc]) await server.stop();
  removeTempDir(dir);
});

function file(name: string, text: string): string {
  const path = join(dir, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

/** All doors, with and without TLS. */
async function start(
  name: Method['at'],
  conf: Readonly<Record<string, string>>,
): Promise<InProcessGateway> {
  const own = authority.issue();
  const collected = collectedLog();
  lines[name] = collected.lines;
  return startInProcess({
    enginePort: engine.port,
    log: collected.log,
    conf: {
      'kyuubi.frontend.protocols': 'THRIFT_BINARY,THRIFT_HTTP,REST',
      'kyuubi.frontend.thrift.http.bind.port': '0',
      'kyuubi.frontend.rest.bind.port': '0',
      'kyuubi.server.administrators': 'alice',
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.thrift.binary.ssl.plain.allowed': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
      'torii.audit.destination': 'log',
      ...conf,
    },
  });
}

/** The user whom the door lets in, by a session or by a call that is alice's alone. Throws what the client is told. */
function open(gateway: InProcessGateway, door: Door, proof: Proof): Promise<string> {
  const made = proof.kind === 'certificate' ? proof.made : undefined;
  const tls: ConnectionOptions = {
    ca: readFileSync(authority.file),
    ...(made && { cert: readFileSync(made.certificate), key: readFileSync(made.key) }),
  };
  const ownPort = gateway.frontend.httpAddress?.port ?? 0;
  switch (door) {
    case 'binary':
      return bySocket(gateway, proof, undefined);
    case 'binary, TLS':
      return bySocket(gateway, proof, tls);
    case 'HTTP':
      return overHttp(gateway, gateway.port, proof, undefined);
    case 'HTTPS':
      return overHttp(gateway, gateway.port, proof, tls);
    case 'HTTP on its own port':
      return overHttp(gateway, ownPort, proof, undefined);
    case 'HTTPS on its own port':
      return overHttp(gateway, ownPort, proof, tls);
    case 'REST':
      return byApi(gateway, proof, undefined);
    case 'REST, TLS':
      return byApi(gateway, proof, tls);
  }
}

async function bySocket(
  gateway: InProcessGateway,
  proof: Proof,
  tls: ConnectionOptions | undefined,
): Promise<string> {
  if (proof.kind === 'ticket') {
    const service = `hive/localhost@${kdc.realm}`;
    const initiator = new Initiator({ cache: proof.cache, service });
    const client = new GssapiClient(gateway.port, initiator, tls);
    try {
      const { status, text } = await client.logIn({ layer: 'auth' });
      if (status !== saslStatus.complete) throw new Error(`SASL status ${status}: ${text}`);
      client.send(openCall);
      return userOf(gateway, (await client.receive()).piece);
    } finally {
      client.end();
    }
  }
  const client = await connectHs2({
    port: gateway.port,
    limitMs: 10_000,
    user: 'alice',
    ...(proof.kind === 'password' ? { password: proof.password } : { auth: 'nosasl' }),
    ...(tls && { tls }),
  });
  try {
    client.connection.send(openCall);
    return userOf(gateway, await client.connection.receive());
  } finally {
    client.end();
  }
}

async function overHttp(
  gateway: InProcessGateway,
  port: number,
  proof: Proof,
  tls: ConnectionOptions | undefined,
): Promise<string> {
  const { status, body } = await post({
    port,
    headers: headersOf(proof),
    body: openCall,
    ...(tls && { tls }),
  });
  if (status !== 200) throw new Error(`HTTP ${status}: ${body.toString()}`);
  return userOf(gateway, body);
}

/** Only an administrator, which alice is, may call it. */
async function byApi(
  gateway: InProcessGateway,
  proof: Proof,
  tls: ConnectionOptions | undefined,
): Promise<string> {
  const { status, body } = await post({
    port: gateway.frontend.restAddress?.port ?? 0,
    method: 'GET',
    path: '/api/v1/admin/sessions',
    headers: headersOf(proof),
    ...(tls && { tls }),
  });
  if (status !== 200) throw new Error(`HTTP ${status}: ${body.toString()}`);
  return 'alice';
}

function headersOf(proof: Proof): Record<string, string> {
  switch (proof.kind) {
    case 'password':
      return basic('alice', proof.password);
    case 'bearer':
      return { authorization: `Bearer ${proof.token}` };
    case 'ticket': {
      const service = `HTTP/localhost@${kdc.realm}`;
      const initiator = new Initiator({ cache: proof.cache, service, flags: 0 });
      const { token } = initiator.step();
      initiator.dispose();
      return { authorization: `Negotiate ${token.toString('base64')}` };
    }
    case 'certificate':
    case 'none':
      return {};
  }
}

const userOf = (gateway: InProcessGateway, reply: Buffer): string =>
  openedSession(gateway, reply).facts.user;

/** What the audit trail of a gateway says of logins. */
function told(at: Method['at'], outcome: string): readonly Readonly<Record<string, unknown>>[] {
  return (lines[at] ?? [])
    .map((line) => JSON.parse(line) as Record<string, unknown>) // the log writes JSON
    .filter((line) => line['action'] === 'login' && line['outcome'] === outcome);
}

const cells = Object.entries(methods).flatMap(([name, method]) =>
  method.doors.map((door) => ({ name, door, method })),
);

describe.each(cells)('$name, $door', ({ door, method }) => {
  it('lets alice in, and nobody else; the audit trail tells of both', async () => {
    const gateway = gateways[method.at];
    const [accepted, refused] = ['ok', 'refused'].map((outcome) => told(method.at, outcome).length);
    expect(await open(gateway, door, method.right())).toBe('alice');
    const sessions = gateway.sessions.size;
    await expect(open(gateway, door, method.wrong())).rejects.toThrow(
      /^(?:SASL status [34]: |HTTP 401: |.*certificate is not accepted: )./,
    );
    expect(gateway.sessions.size).toBeLessThanOrEqual(sessions); // that of a socket may have ended meanwhile
    // Over HTTP, the same login of the same client is told of once in a while.
    expect(told(method.at, 'ok').length - (accepted ?? 0)).toBeLessThanOrEqual(1);
    expect(told(method.at, 'ok')).toContainEqual(expect.objectContaining({ realUser: 'alice' }));
    const news = told(method.at, 'refused').slice(refused);
    expect(news.map(({ code }) => code)).toEqual(['AUTHENTICATION_FAILED']);
  });
});

describe.each(['mixed', 'database', 'file'] as const)('a gateway with %s users', (at) => {
  it.each(doors)('lets nobody in who brings no login: %s', async (door) => {
    await expect(open(gateways[at], door, { kind: 'none' })).rejects.toThrow(
      /no session: .*requires a login|^HTTP 401: /,
    );
  });
});
