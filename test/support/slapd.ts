import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { CertificateAuthority } from './certificates.ts';
import type { MadeCertificate } from './certificates.ts';
import { runProcess, type StartedProcess, startProcess } from './processes.ts';
import { newSecret } from './secrets.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

export const suffix = 'dc=example,dc=org';
export const serviceDn = `cn=gateway,ou=services,${suffix}`;

export interface TestUser {
  /** The first part of the DN, escaped as LDIF wants it, e.g. `uid=alice`. */
  readonly rdn: string;
  readonly uid: string;
  readonly ou?: 'people' | 'hidden' | 'contractors';
  readonly password: string;
  /** Names of groups that list the user's DN, and that the user's `memberOf` lists. */
  readonly groups?: readonly string[];
  /** An account that is no person: the searches for users pass it by. */
  readonly isMachine?: boolean;
}

export interface SlapdOptions {
  readonly users: readonly TestUser[];
  /** False for a server that cannot encrypt. */
  readonly hasTls?: boolean;
  /** Simple binds only over encrypted connections. */
  readonly demandsTls?: boolean;
}

/** A password that no file holds. */

/** A user of that name with a fresh password. */
export const newUser = (uid: string, more: Partial<TestUser> = {}): TestUser => ({
  rdn: `uid=${uid}`,
  uid,
  password: newSecret(),
  ...more,
});

/** A real OpenLDAP server that can be held, killed and started again. */
export class Slapd {
  readonly port: number;
  readonly tlsPort: number;
  readonly dir: string;
  readonly servicePassword = newSecret();
  #process: StartedProcess | undefined;
  #caFile = '';

  private constructor(dir: string, port: number, tlsPort: number) {
    this.dir = dir;
    this.port = port;
    this.tlsPort = tlsPort;
  }

  static async start(options: SlapdOptions): Promise<Slapd> {
    if (!existsSync('/usr/sbin/slapadd'))
      throw new Error('slapd is missing: apt-get install slapd');
    const slapd = new Slapd(makeTempDir('slapd'), await freePort(), await freePort());
    const authority = new CertificateAuthority(slapd.dir, 'authority');
    slapd.#caFile = authority.file;
    const tls = options.hasTls === false ? undefined : authority.issue();
    mkdirSync(join(slapd.dir, 'db'));
    writeFileSync(slapd.#file('slapd.conf'), configuration(slapd, options, tls));
    writeFileSync(slapd.#file('data.ldif'), dataOf(options.users, slapd.servicePassword));
    writeFileSync(slapd.passwordFile, `${slapd.servicePassword}\n`);
    const added = await runProcess('/usr/sbin/slapadd', [
      ...['-q', '-f', slapd.#file('slapd.conf'), '-l', slapd.#file('data.ldif')],
    ]);
    if (added.code !== 0) throw new Error(`slapadd failed: ${added.stderr}`);
    await slapd.resume();
    return slapd;
  }

  get url(): string {
    return `ldap://127.0.0.1:${this.port}`;
  }

  get tlsUrl(): string {
    return `ldaps://127.0.0.1:${this.tlsPort}`;
  }

  /** What signed the server's certificate. */
  get caFile(): string {
    return this.#caFile;
  }

  /** Holds the service account's password. */
  get passwordFile(): string {
    return this.#file('service-password');
  }

  /** Starts it where it is not running, and lets it go on where it is held. */
  async resume(): Promise<void> {
    if (this.#process !== undefined) {
      this.#process.signal('SIGCONT');
      return;
    }
    const urls = `${this.url}/ ${this.tlsUrl}/`;
    this.#process = startProcess('/usr/sbin/slapd', [
      ...['-f', this.#file('slapd.conf'), '-h', urls, '-d', 'none'],
    ]);
    await this.#process.waitFor(/slapd starting/, 20_000);
    await Promise.all([this.port, this.tlsPort].map(listening)); // it says so a moment before it listens
  }

  /** Stands still from now on; the system goes on accepting connections for it. */
  async hold(): Promise<void> {
    const pid = this.#process?.pid ?? 0;
    this.#process?.signal('SIGSTOP');
    const isStill = (task: string): boolean =>
      /\) [TtZX] /.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'));
    while (!readdirSync(`/proc/${pid}/task`).every(isStill)) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async kill(): Promise<void> {
    this.#process?.signal('SIGKILL');
    await this.#process?.exited;
    this.#process = undefined;
  }

  async stop(): Promise<void> {
    await this.kill();
    removeTempDir(this.dir);
  }

  #file(name: string): string {
    return join(this.dir, name);
  }
}

async function listening(port: number): Promise<void> {
  const isOpen = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  for (let tries = 0; !(await isOpen()); tries += 1) {
    if (tries > 500) throw new Error(`slapd does not listen on port ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function configuration(
  { dir, caFile }: Slapd,
  { demandsTls }: SlapdOptions,
  made: MadeCertificate | undefined,
): string {
  const schemas = ['core', 'cosine', 'inetorgperson'];
  const tls =
    made === undefined
      ? []
      : [
          `TLSCACertificateFile ${caFile}`,
          `TLSCertificateFile ${made.certificate}`,
          `TLSCertificateKeyFile ${made.key}`,
        ];
  return [
    ...schemas.map((name) => `include /etc/ldap/schema/${name}.schema`),
    'modulepath /usr/lib/ldap',
    'moduleload back_mdb',
    'moduleload memberof',
    `pidfile ${join(dir, 'slapd.pid')}`,
    `argsfile ${join(dir, 'slapd.args')}`,
    ...tls,
    ...(demandsTls === true ? ['security simple_bind=128'] : []),
    'threads 4',
    'allow bind_anon_cred bind_anon_dn', // a bind without a password succeeds, as nobody
    'database mdb',
    `suffix ${suffix}`,
    `directory ${join(dir, 'db')}`,
    'index objectClass,uid,cn,member eq',
    'overlay memberof',
    'access to attrs=userPassword by anonymous auth by * none',
    `access to dn.subtree="ou=hidden,${suffix}" by anonymous auth by * none`,
    'access to * by users read by anonymous auth',
    '',
  ].join('\n');
}

function dataOf(users: readonly TestUser[], servicePassword: string): string {
  const dnOf = ({ rdn, ou }: TestUser): string => `${rdn},ou=${ou ?? 'people'},${suffix}`;
  const units = ['people', 'hidden', 'contractors', 'services', 'groups'];
  const groups = Map.groupBy(
    users.flatMap((user) => (user.groups ?? []).map((group) => ({ group, user }))),
    ({ group }) => group,
  );
  const entries = [
    [`dn: ${suffix}`, 'objectClass: domain', 'dc: example'],
    ...units.map((ou) => [
      `dn: ou=${ou},${suffix}`,
      'objectClass: organizationalUnit',
      `ou: ${ou}`,
    ]),
    [
      ...[`dn: ${serviceDn}`, 'objectClass: person', 'cn: gateway', 'sn: gateway'],
      `userPassword: ${hashed(servicePassword)}`,
    ],
    ...users.map((user) => [
      base64Line('dn', dnOf(user)),
      ...(user.isMachine === true
        ? ['objectClass: account', 'objectClass: simpleSecurityObject']
        : ['objectClass: inetOrgPerson', 'sn: user', base64Line('cn', user.uid)]),
      base64Line('uid', user.uid),
      `userPassword: ${hashed(user.password)}`,
      ...(user.groups ?? []).map((group) => `memberOf: cn=${group},ou=groups,${suffix}`),
    ]),
    ...[...groups].map(([group, members]) => [
      `dn: cn=${group},ou=groups,${suffix}`,
      'objectClass: groupOfNames',
      `cn: ${group}`,
      ...members.map(({ user }) => base64Line('member', dnOf(user))),
    ]),
  ];
  return entries.map((lines) => `${lines.join('\n')}\n`).join('\n');
}

/** A line of LDIF whose value may hold anything. */
const base64Line = (attribute: string, value: string): string =>
  `${attribute}:: ${Buffer.from(value).toString('base64')}`;

/** As directories keep passwords: salted. */
function hashed(password: string): string {
  const salt = randomBytes(8);
  const digest = createHash('sha1').update(password).update(salt).digest();
  return `{SSHA}${Buffer.concat([digest, salt]).toString('base64')}`;
}
