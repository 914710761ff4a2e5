import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { watchOutput } from '../secret-search.ts';
import { sparkHome } from '../spark-homes.ts';
import { sparkEnvironment } from '../spark-thrift-server.ts';
import type { DriverLog } from './driver-log.ts';
import type { SparkRequest } from './spark-request.ts';

export interface SparkLaunch {
  readonly request: SparkRequest;
  readonly log: DriverLog;
  /** A fresh folder for what the process writes. */
  readonly folder: string;
  /** Where a file of the request stands on this machine: in S3, on the image, or as it is. */
  readonly locate: (uri: string) => string;
  readonly env?: NodeJS.ProcessEnv;
  /** The configuration of a real YARN to submit to; without one the driver runs in the process itself. */
  readonly hadoopConfDir?: string;
}

const fileOptions = new Set(['--jars', '--py-files', '--files', '--archives']);
const fileSettings = new Set([
  ...['spark.jars', 'spark.files', 'spark.archives', 'spark.submit.pyFiles'],
]);
const classPathSettings = new Set([
  ...['spark.driver.extraClassPath', 'spark.executor.extraClassPath'],
]);
/** Where it runs is the service's own decision. */
const ownOptions = new Set(['--master', '--deploy-mode']);
const ownSettings = new Set(['spark.master', 'spark.submit.deployMode']);

/** The driver of a submitted job: the real spark-submit with the request's own arguments. */
export class SparkProcess {
  /** Its exit code; that of a signal is 128 and its number. */
  readonly exited: Promise<number>;
  readonly #child: ChildProcess;
  #hasExited = false;

  constructor(launch: SparkLaunch) {
    const { request, folder, locate, hadoopConfDir, log } = launch;
    const home = sparkHome();
    const confDir = join(folder, 'conf');
    const temporary = join(folder, 'tmp');
    for (const each of [confDir, temporary]) mkdirSync(each, { recursive: true });
    const onYarn = hadoopConfDir !== undefined;
    // The cluster's own machines give it to whatever runs there.
    const containerEnv = Object.entries(onYarn ? (launch.env ?? {}) : {})
      .map(([name, value]) => `spark.yarn.appMasterEnv.${name}=${value}\n`)
      .join('');
    const defaults = asProperties(request, locate) + containerEnv;
    writeFileSync(join(confDir, 'spark-defaults.conf'), defaults);
    const args = [
      ...(onYarn ? [] : ['--master', 'local[*]', '--deploy-mode', 'client']),
      ...request.options.flatMap((option) => located(option, locate, onYarn)),
      ...[locate(request.entryPoint), ...request.args],
    ];
    const command = ['--pdeathsig', 'KILL', join(home, 'bin', 'spark-submit'), ...args];
    const child = spawn('/usr/bin/setpriv', command, {
      cwd: folder,
      env: {
        ...sparkEnvironment(home),
        ...{ SPARK_CONF_DIR: confDir, AWS_REGION: 'eu-west-1' },
        // One that is killed leaves its files where they go with the folder.
        SPARK_LOCAL_DIRS: join(folder, 'local'),
        SPARK_SUBMIT_OPTS: `-Djava.io.tmpdir=${temporary}`,
        ...(onYarn && { HADOOP_CONF_DIR: hadoopConfDir }),
        ...launch.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: child[stream] }).on('line', (line) => log.add(stream, line));
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#hasExited = true;
        for (const stream of ['stdout', 'stderr'] as const)
          watchOutput(`a job's ${stream}`, log.text(stream));
        resolve(code ?? (signal === 'SIGTERM' ? 143 : 137));
      });
    });
  }

  /** TERM, and KILL after the grace. */
  async stop(graceMs: number): Promise<void> {
    if (this.#hasExited) return;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function located(
  [name, value]: readonly [string, string?],
  locate: SparkLaunch['locate'],
  onYarn: boolean,
): string[] {
  if (value === undefined) return [name];
  if (!onYarn && ownOptions.has(name)) return [];
  if (fileOptions.has(name)) return [name, locateAll(value, locate, ',')];
  if (name !== '--conf' && name !== '-c') return [name, value];
  const at = value.indexOf('=');
  const key = value.slice(0, at);
  if (!onYarn && ownSettings.has(key)) return [];
  return [name, `${key}=${locatedSetting(key, value.slice(at + 1), locate)}`];
}

/** Class paths are joined by colons and name files of the image; other lists are joined by commas and name URIs. */
function locateAll(list: string, locate: SparkLaunch['locate'], separator: ',' | ':'): string {
  return list
    .split(separator)
    .map((each) => (each === '' ? '' : locate(each)))
    .join(separator);
}

function locatedSetting(key: string, value: string, locate: SparkLaunch['locate']): string {
  if (classPathSettings.has(key)) return locateAll(value, locate, ':');
  return fileSettings.has(key) ? locateAll(value, locate, ',') : value;
}

/** A file of properties as Java reads it: what is special there is escaped. */
function asProperties({ defaults }: SparkRequest, locate: SparkLaunch['locate']): string {
  return Object.entries(defaults)
    .filter(([key]) => !ownSettings.has(key))
    .map(([key, value]) => {
      const meant = locatedSetting(key, value, locate);
      return `${escapedProperty(key, true)}=${escapedProperty(meant, false)}\n`;
    })
    .join('');
}

function escapedProperty(text: string, isKey: boolean): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`)
    .replace(/^ /, String.raw`\ `)
    .replaceAll(
      /[^\x20-\x7e]/g,
      (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return isKey ? escaped.replaceAll(/[:=#! ]/g, String.raw`\$&`) : escaped;
}
