import { readdirSync, readFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installOnce } from '../../scripts/install-once.mjs';
import { hiveJdbc, kyuubiJdbc, pythonClients } from '../../scripts/test-clients.mjs';
import { type JavaLogin, noTickets } from './kerberos/java-login.ts';
import { runProcess, type RunResult } from './processes.ts';
import { newSecret } from './secrets.ts';
import { cacheDir, sparkHome } from './spark-homes.ts';
import { sparkEnvironment } from './spark-thrift-server.ts';

/** With what the programs log in where any password will do. */
const password = { CLIENT_PASSWORD: newSecret() };

const programs = fileURLToPath(new URL('../clients/', import.meta.url));

/** hive-2.3 is the driver that every Spark from 3.0 on carries. */
export type JdbcDriver = 'hive-2.3' | 'hive-4.0.1' | 'kyuubi-1.7.1';

/** What the program of one step saw, by step. */
export type Seen = Readonly<Record<string, unknown>>;

/** Runs test/clients/Jdbc.java over one driver and gives the object that it prints; `transport` is what the URLs say of it. */
export function runJdbc(
  driver: JdbcDriver,
  urls: readonly string[],
  transport = '',
): Promise<Seen> {
  return runJava('Jdbc', driver, urls, [`-Dtransport=${transport}`]);
}

/**
 * Runs test/clients/Connect.java over one driver: by the number of each URL, its value or how it was refused. `login`:
 * whose Kerberos tickets the program has.
 */
export function runConnect(
  driver: JdbcDriver,
  urls: readonly string[],
  login?: JavaLogin,
): Promise<Seen> {
  return runJava('Connect', driver, urls, [], login);
}

/** Runs test/clients/Attempts.java over one driver with a file of attempts: what came of each, by name. */
export function runAttempts(driver: JdbcDriver, file: string, login: JavaLogin): Promise<Seen> {
  return runJava('Attempts', driver, [file], [], login);
}

/** The same for the clients of Python, by test/clients/attempts.py. */
export function runPythonAttempts(file: string, login: JavaLogin): Promise<Seen> {
  return runPython('attempts.py', [file], login.environment);
}

type JavaProgram = 'Jdbc' | 'Connect' | 'Attempts';

async function runJava(
  program: JavaProgram,
  driver: JdbcDriver,
  urls: readonly string[],
  properties: readonly string[] = [],
  login = noTickets,
): Promise<Seen> {
  const places = [await compiled(), await driverClassPath(driver), ...login.classPath];
  const classPath = places.join(':');
  const options = [
    '-XX:TieredStopAtLevel=1',
    '-Xmx256m',
    '-Dfile.encoding=UTF-8',
    ...properties,
    ...login.options,
  ];
  const args = [...options, '-cp', classPath, program, ...urls];
  const env = { ...sparkEnvironment(sparkHome()), ...password, ...login.environment };
  return printedObject(await runProcess('java', args, { env }));
}

/** Runs one of test/clients/*.py and gives the object that it prints. */
export async function runPython(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Seen> {
  const env = {
    ...password,
    ...environment,
    PATH: process.env['PATH'],
    PYTHONPATH: await pythonClients(),
    PYTHONIOENCODING: 'utf-8',
    PYTHONWARNINGS: 'ignore',
    PYTHONDONTWRITEBYTECODE: '1',
  };
  return printedObject(await runProcess('python3', [join(programs, program), ...args], { env }));
}

/** Spark's beeline without a terminal, as a script runs it. */
export async function runBeeline(args: readonly string[], login = noTickets): Promise<RunResult> {
  const options = [
    ...beelineOptions,
    '-Djline.terminal=jline.UnsupportedTerminal',
    ...login.options,
  ];
  const env = { ...sparkEnvironment(sparkHome()), ...login.environment };
  const main = beelineMain(login.classPath);
  const run = await runProcess('java', [...options, ...main, ...args], { env });
  // jline writes its prompt even where nobody is asked.
  return { ...run, stdout: run.stdout.replaceAll(/^(?:\d+: jdbc:hive2:[^>]*> |[ .]+> )+/gm, '') };
}

/** Spark's beeline in a terminal of its own, as a person sees it: both streams, with the control sequences. */
export async function runBeelineInTerminal(args: readonly string[]): Promise<RunResult> {
  const words = ['java', ...beelineOptions, ...beelineMain(), ...args].map(quoted).join(' ');
  const env = { ...sparkEnvironment(sparkHome()), TERM: 'xterm' };
  return await runProcess('script', ['-qefc', words, '/dev/null'], { env });
}

const beelineOptions = ['-XX:TieredStopAtLevel=1', '-Xmx256m'];

function beelineMain(classPath: readonly string[] = []): string[] {
  const places = [join(sparkHome(), 'jars', '*'), ...classPath];
  return ['-cp', places.join(':'), 'org.apache.hive.beeline.BeeLine'];
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function driverClassPath(driver: JdbcDriver): Promise<string> {
  switch (driver) {
    case 'hive-2.3':
      return join(sparkHome(), 'jars', '*');
    case 'hive-4.0.1':
      return (await hiveJdbc()).join(':');
    case 'kyuubi-1.7.1':
      return (await kyuubiJdbc()).join(':');
  }
}

/** All of them, compiled once for each state of their sources. */
async function compiled(): Promise<string> {
  const files = readdirSync(programs).filter((name) => name.endsWith('.java'));
  const sources = files.sort().map((name) => join(programs, name));
  const hash = createHash('sha256');
  for (const source of sources) hash.update(readFileSync(source));
  const name = `programs-${hash.digest('hex').slice(0, 16)}`;
  return await installOnce(join(cacheDir, 'test-clients', name), async (folder) => {
    const args = [
      '-encoding',
      'UTF-8',
      '--release',
      '8',
      '-Xlint:-options',
      '-d',
      folder,
      ...sources,
    ];
    const run = await runProcess('javac', args);
    if (run.code !== 0) throw new Error(`javac: ${run.stdout}${run.stderr}`);
    return folder;
  });
}

function printedObject(run: RunResult): Seen {
  const line = run.stdout.trim().split('\n').at(-1) ?? '';
  if (run.code !== 0 || !line.startsWith('{')) {
    const tail = `${run.stdout.slice(-2_000)}\n${run.stderr.slice(-4_000)}`;
    throw new Error(
      `the client program ended with ${JSON.stringify(run.code ?? run.signal)}:\n${tail}`,
    );
  }
  return JSON.parse(line) as Seen; // our own program's output
}
