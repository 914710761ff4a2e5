import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { runProcess, type StartedProcess, startProcess } from '../processes.ts';
import { makeTempDir, removeTempDir } from '../temp-dir.ts';

/** Of every KDC here unless told otherwise: each has its own keys, so tickets of one mean nothing to another. */
export const realm = 'TORII.TEST';

export interface TicketOptions {
  /** How long the ticket is good for, e.g. `10s`; the KDC's limit unless given. */
  readonly lifetime?: string;
  /** From when on the ticket is good, e.g. `10min`; from now unless given. */
  readonly startsIn?: string;
  /** A ticket for this service alone, e.g. `hive/localhost`, in place of one by which others are got. */
  readonly service?: string;
}

/** A real Kerberos realm on this host, with all that belongs to it in one folder. */
export class Kdc {
  readonly realm: string;
  /** Holds everything; tests may put files there that go with it. */
  readonly dir: string;
  readonly port: number;
  #process: StartedProcess | undefined;
  #made = 0;

  constructor(dir: string, port: number, name: string) {
    this.dir = dir;
    this.port = port;
    this.realm = name;
  }

  /** The configuration of clients and services: for `KRB5_CONFIG`, or Java's `java.security.krb5.conf`. */
  get krb5Conf(): string {
    return join(this.dir, 'krb5.conf');
  }

  /** A ticket cache that is not there. */
  get noTickets(): string {
    return join(this.dir, 'no-tickets');
  }

  /** What MIT's programs and libraries need to find this realm, with one user's tickets where a cache is named. */
  environment(cache?: string): NodeJS.ProcessEnv {
    return {
      PATH: process.env['PATH'],
      KRB5_CONFIG: this.krb5Conf,
      KRB5CCNAME: cache ?? this.noTickets,
    };
  }

  /** Principals with random keys, named without their realm, e.g. `hive/localhost`. */
  async addPrincipals(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.#admin('addprinc', '-randkey', name);
  }

  /**
   * Users of these realms get tickets for services of this one, and clients with this one's configuration find them all; the
   * others know nothing of each other.
   */
  async trust(...others: readonly Kdc[]): Promise<void> {
    for (const other of others) {
      const [shared, name] = [newPassword(), `krbtgt/${this.realm}@${other.realm}`];
      for (const kdc of [this, other]) {
        const args = ['-r', kdc.realm, 'addprinc', name];
        await kdc.#typing(shared, '/usr/sbin/kadmin.local', args);
      }
    }
    writeFileSync(this.krb5Conf, clientConfiguration([this, ...others]));
  }

  /** Gives a principal new keys; keytabs that were written before keep the old ones. */
  async changeKeys(name: string): Promise<void> {
    await this.#admin('cpw', '-randkey', name);
  }

  /** A file, for its owner alone, with the present keys of these principals. */
  async keytab(...names: readonly string[]): Promise<string> {
    const file = this.#newFile('keytab');
    await this.#admin('ktadd', '-q', '-norandkey', '-k', file, ...names);
    return file;
  }

  /** Logs a principal in and gives the file of its ticket cache: a new one each time. */
  async kinit(name: string, options: TicketOptions = {}): Promise<string> {
    const cache = this.#newFile('cache');
    const keytab = await this.keytab(name);
    const { lifetime, startsIn, service } = options;
    const wishes = [
      ...(lifetime === undefined ? [] : ['-l', lifetime]),
      ...(startsIn === undefined ? [] : ['-s', startsIn]),
      ...(service === undefined ? [] : ['-S', service]),
    ];
    await this.#run('/usr/bin/kinit', ['-k', '-t', keytab, '-c', cache, ...wishes, name]);
    return cache;
  }

  async start(): Promise<void> {
    if (!existsSync('/usr/sbin/krb5kdc') || !existsSync('/usr/sbin/kadmin.local')) {
      throw new Error(
        'krb5kdc and kadmin.local are needed. On Debian or Ubuntu: apt-get install krb5-kdc krb5-admin-server krb5-user',
      );
    }
    mkdirSync(join(this.dir, 'db'));
    writeFileSync(this.krb5Conf, clientConfiguration([this]));
    writeFileSync(join(this.dir, 'kdc.conf'), serverConfiguration(this));
    await this.#typing(newPassword(), '/usr/sbin/kdb5_util', ['-r', this.realm, 'create', '-s']);
    this.#process = startProcess('/usr/sbin/krb5kdc', ['-n', '-r', this.realm], {
      env: this.#serverEnvironment(),
    });
    await this.#listening();
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
    removeTempDir(this.dir);
  }

  /** Names and passwords have no blanks here, so the words of a request need no quotes. */
  async #admin(...words: readonly string[]): Promise<void> {
    await this.#run('/usr/sbin/kadmin.local', ['-r', this.realm, ...words]);
  }

  /** Runs a program that asks for a new password, which it does twice. */
  async #typing(password: string, program: string, args: readonly string[]): Promise<void> {
    const typed = this.#newFile('typed');
    writeFileSync(typed, `${password}\n${password}\n`, { mode: 0o600 });
    await this.#run('/bin/sh', [
      '-c',
      'input=$1; shift; exec "$@" <"$input"',
      'sh',
      typed,
      program,
      ...args,
    ]);
    rmSync(typed);
  }

  async #run(program: string, args: readonly string[]): Promise<void> {
    const run = await runProcess(program, args, { env: this.#serverEnvironment() });
    if (run.code !== 0) {
      throw new Error(`${[program, ...args].join(' ')}: ${run.stdout}${run.stderr}`);
    }
  }

  #serverEnvironment(): NodeJS.ProcessEnv {
    return { ...this.environment(), KRB5_KDC_PROFILE: join(this.dir, 'kdc.conf') };
  }

  async #listening(): Promise<void> {
    const isOpen = (): Promise<boolean> =>
      new Promise((resolve) => {
        const socket = connect(this.port, '127.0.0.1');
        socket.once('error', () => resolve(false));
        socket.once('connect', () => {
          socket.destroy();
          resolve(true);
        });
      });
    for (let tries = 0; !(await isOpen()); tries += 1) {
      if (tries > 1000 || this.#process?.hasExited === true) {
        throw new Error(
          `krb5kdc does not listen on port ${this.port}: ${this.#process?.stderr ?? ''}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #newFile(kind: string): string {
    return join(this.dir, `${kind}-${++this.#made}`);
  }
}

const newPassword = (): string => randomBytes(18).toString('base64url');

/** A realm with nobody in it yet. */
export async function startKdc(name = realm): Promise<Kdc> {
  const kdc = new Kdc(makeTempDir('kdc'), await freePort(), name);
  try {
    await kdc.start();
    return kdc;
  } catch (failure) {
    await kdc.stop();
    throw failure;
  }
}

/** Where a cache of MIT's fourth form says how far the client's clock is off, and where its credentials begin. */
const clockHeader = Buffer.from('0504000c00010008', 'hex');
const headerBytes = 16;

/** Makes the clock of whoever uses this cache differ from the true time. The tickets in it stay as they are. */
export function setClock(cache: string, aheadSeconds: number): void {
  const bytes = readFileSync(cache);
  if (!bytes.subarray(0, clockHeader.length).equals(clockHeader)) {
    throw new Error(`${cache} is not a cache that says how far a clock is off`);
  }
  bytes.writeInt32BE(aheadSeconds, clockHeader.length);
  bytes.writeInt32BE(0, headerBytes - 4); // microseconds
  writeFileSync(cache, bytes);
}

/** No DNS is asked: hosts are called what the client calls them. Those here belong to the first realm. */
function clientConfiguration([home, ...others]: readonly [Kdc, ...(readonly Kdc[])]): string {
  const realms = [home, ...others].map(
    (kdc) => `  ${kdc.realm} = {
    kdc = 127.0.0.1:${kdc.port}
  }`,
  );
  return `[libdefaults]
  default_realm = ${home.realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = 1h
[realms]
${realms.join('\n')}
[domain_realm]
  localhost = ${home.realm}
`;
}

function serverConfiguration({ realm: name, dir, port }: Kdc): string {
  return `[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${name} = {
    database_name = ${join(dir, 'db', 'principal')}
    key_stash_file = ${join(dir, 'db', 'stash')}
    acl_file = ${join(dir, 'db', 'acl')}
    max_life = 1h
  }
[logging]
  kdc = FILE:${join(dir, 'kdc.log')}
  admin_server = FILE:${join(dir, 'kadmin.log')}
  default = FILE:${join(dir, 'krb5.log')}
`;
}
