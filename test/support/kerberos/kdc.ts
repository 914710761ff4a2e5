import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { runProcess, type StartedProcess, startProcess } from '../processes.ts';
import { makeTempDir, removeTempDir } from '../temp-dir.ts';

/** Of every KDC here: each has its own keys, so tickets of one mean nothing to another. */
export const realm = 'TORII.TEST';

export interface TicketOptions {
  /** How long the ticket is good for, e.g. `10s`; the KDC's limit unless given. */
  readonly lifetime?: string;
}

/** A real Kerberos realm on this host, with all that belongs to it in one folder. */
export class Kdc {
  readonly realm = realm;
  /** Holds everything; tests may put files there that go with it. */
  readonly dir: string;
  readonly port: number;
  #process: StartedProcess | undefined;
  #made = 0;

  constructor(dir: string, port: number) {
    this.dir = dir;
    this.port = port;
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
  async kinit(name: string, { lifetime }: TicketOptions = {}): Promise<string> {
    const cache = this.#newFile('cache');
    const keytab = await this.keytab(name);
    const limit = lifetime === undefined ? [] : ['-l', lifetime];
    await this.#run('/usr/bin/kinit', ['-k', '-t', keytab, '-c', cache, ...limit, name]);
    return cache;
  }

  async start(): Promise<void> {
    if (!existsSync('/usr/sbin/krb5kdc') || !existsSync('/usr/sbin/kadmin.local')) {
      throw new Error(
        'krb5kdc and kadmin.local are needed. On Debian or Ubuntu: apt-get install krb5-kdc krb5-admin-server krb5-user',
      );
    }
    mkdirSync(join(this.dir, 'db'));
    writeFileSync(this.krb5Conf, clientConfiguration(this.port));
    writeFileSync(join(this.dir, 'kdc.conf'), serverConfiguration(this.dir, this.port));
    const masterPassword = randomBytes(18).toString('base64url');
    const typed = join(this.dir, 'typed');
    writeFileSync(typed, `${masterPassword}\n${masterPassword}\n`, { mode: 0o600 }); // it asks twice
    await this.#run('/bin/sh', ['-c', '/usr/sbin/kdb5_util -r "$0" create -s <"$1"', realm, typed]);
    rmSync(typed);
    this.#process = startProcess('/usr/sbin/krb5kdc', ['-n', '-r', realm], {
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
    await this.#run('/usr/sbin/kadmin.local', ['-r', realm, ...words]);
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

/** A realm with nobody in it yet. */
export async function startKdc(): Promise<Kdc> {
  const kdc = new Kdc(makeTempDir('kdc'), await freePort());
  try {
    await kdc.start();
    return kdc;
  } catch (failure) {
    await kdc.stop();
    throw failure;
  }
}

/** No DNS is asked: hosts are called what the client calls them. */
function clientConfiguration(port: number): string {
  return `[libdefaults]
  default_realm = ${realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = 1h
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
  }
[domain_realm]
  localhost = ${realm}
`;
}

function serverConfiguration(dir: string, port: number): string {
  return `[kdcdefaults]
  kdc_listen = ""
  kdc_tcp_listen = 127.0.0.1:${port}
[realms]
  ${realm} = {
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
