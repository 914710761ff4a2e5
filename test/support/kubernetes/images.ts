import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sparkHome } from '../spark-homes.ts';

/** What a container finds where: paths in the container with the files or folders of this machine that appear there. */
export interface Image {
  readonly paths?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDir?: string;
}

/** The programs of this machine and nothing else. */
export const plainImage: Image = { args: ['sh'] };

/** Spark with an entry point like that of Spark's own images; `more` are further paths, such as an engine's jar. */
export function sparkImage(
  more: Readonly<Record<string, string>> = {},
  home = sparkHome('3.5'),
): Image {
  const java = '/opt/java';
  return {
    paths: {
      '/opt/spark': home,
      '/opt/entrypoint.sh': join(import.meta.dirname, 'image', 'entrypoint.sh'),
      [java]: javaHome(),
      ...more,
    },
    entrypoint: ['/opt/entrypoint.sh'],
    env: {
      SPARK_HOME: '/opt/spark',
      JAVA_HOME: java,
      PATH: `${java}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    },
    workingDir: '/opt/spark/work-dir',
  };
}

function javaHome(): string {
  const given = process.env['JAVA_HOME'];
  if (given !== undefined && existsSync(join(given, 'bin', 'java'))) return realpathSync(given);
  for (const folder of (process.env['PATH'] ?? '').split(':')) {
    const java = join(folder, 'java');
    if (existsSync(java)) return dirname(dirname(realpathSync(java)));
  }
  throw new Error('no Java was found in JAVA_HOME or on the PATH');
}

const fromEtc = [
  ...['alternatives', 'ca-certificates', 'group', 'host.conf', 'ld.so.cache', 'ld.so.conf'],
  ...['ld.so.conf.d', 'localtime', 'nsswitch.conf', 'passwd', 'protocols', 'services', 'ssl'],
];

/** Those files of this machine's /etc that every container needs. */
export function etcPaths(): readonly string[] {
  return readdirSync('/etc')
    .filter((name) => fromEtc.includes(name) || /^java-\d+/.test(name))
    .map((name) => `/etc/${name}`);
}
