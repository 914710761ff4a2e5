import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { selfSigned } from './certificates.ts';
import type { MadeCertificate } from './certificates.ts';
import { runProcess, startProcess } from './processes.ts';
import type { StartedProcess } from './processes.ts';
import { newSecret } from './secrets.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

export const databaseUser = 'gateway';
export const databasePassword = newSecret();

/** A real database on a free port of loopback, whose files go with it. */
export interface DatabaseServer {
  readonly port: number;
  /** Its certificate, which vouches for itself; undefined where it has no TLS. */
  readonly certificate: string | undefined;
  /** Stops its processes where they are, or lets them go on: nobody who asks is answered meanwhile. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  stop(): Promise<void>;
}

export interface DatabaseServerOptions {
  /** Run once it is up. */
  readonly sql: string;
  /** The host name that its certificate is for; it has TLS only with one. */
  readonly certificateFor?: string;
}

const startLimitMs = 60_000;

export async function startPostgres(options: DatabaseServerOptions): Promise<DatabaseServer> {
  const bin = postgresBin();
  const work = await workplace('postgres', options.certificateFor);
  const at = (name: string): string => join(work.dir, name);
  writeFileSync(at('password'), databasePassword);
  work.give(at('password'));
  await work.run(join(bin, 'initdb'), [
    ...['-D', at('data'), '-U', databaseUser, '--auth=scram-sha-256', '--locale=C', '-E', 'UTF8'],
    ...['--pwfile', at('password'), '--no-sync'],
  ]);
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: work.dir,
    fsync: 'off',
    ...(work.made === undefined
      ? {}
      : { ssl: 'on', ssl_cert_file: work.made.certificate, ssl_key_file: work.made.key }),
  };
  const child = work.start(join(bin, 'postgres'), [
    ...['-D', at('data'), '-p', `${port}`],
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]);
  await child.waitFor(/ready to accept connections/, startLimitMs);
  writeFileSync(at('sql'), options.sql);
  work.give(at('sql'));
  await work.run(
    join(bin, 'psql'),
    [
      '-h',
      '127.0.0.1',
      '-p',
      `${port}`,
      '-U',
      databaseUser,
      '-d',
      'postgres',
      '-v',
      'ON_ERROR_STOP=1',
      '-f',
      at('sql'),
    ],
    { PGPASSWORD: databasePassword },
  );
  return served(child, port, work);
}

export async function startMariadb(options: DatabaseServerOptions): Promise<DatabaseServer> {
  if (!existsSync('/usr/sbin/mariadbd')) throw new Error(needed('MariaDB', 'mariadb-server'));
  const work = await workplace('mysql', options.certificateFor);
  const at = (name: string): string => join(work.dir, name);
  await work.run('/usr/bin/mariadb-install-db', [
    ...['--no-defaults', `--datadir=${at('data')}`, '--skip-test-db'],
    '--auth-root-authentication-method=normal',
  ]);
  const account = `'${databaseUser}'@'%'`;
  writeFileSync(
    at('sql'),
    `CREATE USER ${account} IDENTIFIED BY '${databasePassword}';\nGRANT ALL ON *.* TO ${account};\n${options.sql}`,
  );
  work.give(at('sql'));
  const port = await freePort();
  const child = work.start('/usr/sbin/mariadbd', [
    ...['--no-defaults', `--datadir=${at('data')}`, `--socket=${at('socket')}`],
    ...[`--port=${port}`, '--bind-address=127.0.0.1', '--skip-log-bin', `--init-file=${at('sql')}`],
    ...[
      '--innodb-buffer-pool-size=16M',
      '--skip-name-resolve',
      '--character-set-server=utf8mb4',
      `--pid-file=${at('pid')}`,
    ],
    ...(work.made === undefined
      ? []
      : [`--ssl-cert=${work.made.certificate}`, `--ssl-key=${work.made.key}`]),
  ]);
  await child.waitFor(/ready for connections/, startLimitMs);
  return served(child, port, work);
}

/** A folder, and programs that run in it as a user that is not root: these servers insist on that. */
interface Workplace {
  readonly dir: string;
  readonly made: MadeCertificate | undefined;
  give(path: string): void;
  run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<void>;
  start(command: string, args: readonly string[]): StartedProcess;
}

async function workplace(user: string, certificateFor: string | undefined): Promise<Workplace> {
  const dir = makeTempDir(user);
  const isRoot = process.getuid?.() === 0;
  const idOf = async (kind: '-u' | '-g'): Promise<number> =>
    Number((await runProcess('id', [kind, user])).stdout);
  const owner = isRoot ? { uid: await idOf('-u'), gid: await idOf('-g') } : undefined;
  const give = (path: string): void => {
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
  };
  // Who changes its user loses what it was told of its parent's death, so it is told once more.
  const as =
    owner === undefined
      ? []
      : [
          'setpriv',
          `--reuid=${owner.uid}`,
          `--regid=${owner.gid}`,
          '--clear-groups',
          '--pdeathsig=KILL',
        ];
  const environment = { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', HOME: dir };
  const line = (command: string, args: readonly string[]): [string, string[]] => {
    const [first = command, ...others] = [...as, command, ...args];
    return [first, others];
  };
  const run = async (
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> => {
    const options = { cwd: dir, env: { ...environment, ...env } };
    const done = await runProcess(...line(command, args), options);
    if (done.code !== 0) throw new Error(`${command}: ${done.stdout}${done.stderr}`);
  };
  const start = (command: string, args: readonly string[]): StartedProcess =>
    startProcess(...line(command, args), { cwd: dir, env: environment });
  mkdirSync(join(dir, 'data'), { mode: 0o700 });
  give(dir);
  give(join(dir, 'data'));
  const made = certificateFor === undefined ? undefined : selfSigned(dir, certificateFor);
  if (made !== undefined) [made.certificate, made.key].forEach(give);
  return { dir, made, give, run, start };
}

function served(child: StartedProcess, port: number, { dir, made }: Workplace): DatabaseServer {
  // PostgreSQL has a process for each connection.
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
    for (const pid of [child.pid, ...splitNumbers(children)]) process.kill(pid, name);
  };
  return {
    port,
    certificate: made?.certificate,
    signal,
    stop: async () => {
      signal('SIGCONT');
      child.signal('SIGQUIT'); // at once, with nothing to be kept
      await child.stop();
      removeTempDir(dir);
    },
  };
}

function splitNumbers(text: string): number[] {
  return text
    .split(' ')
    .filter((part) => part.trim() !== '')
    .map(Number);
}

/** Debian keeps the programs of each version apart. */
function postgresBin(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root) : [];
  const bins = versions.map((version) => join(root, version, 'bin'));
  const found = bins.find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) throw new Error(needed('PostgreSQL', 'postgresql'));
  return found;
}

function needed(what: string, debianPackage: string): string {
  return `${what} is needed. On Debian or Ubuntu: apt-get install ${debianPackage}`;
}
