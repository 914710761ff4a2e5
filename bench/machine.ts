import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { BenchContext, Table } from './part.ts';

/** Where it was measured: figures of two machines are never compared. */
export function describeMachine({ sparkHome, javaHome }: BenchContext): Table {
  const gib = (totalmem() / 2 ** 30).toFixed(1);
  return {
    columns: ['machine', ''],
    rows: [
      ['processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`],
      ['memory', `${gib} GiB`],
      ['kernel', `Linux ${release()}`],
      ['Java', javaVersion(javaHome)],
      ['Node', process.version],
      ['Spark', sparkVersion(sparkHome)],
      ['haproxy', haproxyVersion()],
    ],
  };
}

/** The one-minute load average. */
export function presentLoad(): string {
  return loadavg()[0]?.toFixed(2) ?? 'unknown';
}

function javaVersion(javaHome: string): string {
  const release_ = readFileSync(join(javaHome, 'release'), 'utf8');
  const value = (key: string): string =>
    new RegExp(`^${key}="([^"]*)"`, 'm').exec(release_)?.[1] ?? '';
  return `${value('JAVA_VERSION')} (${value('IMPLEMENTOR')})`;
}

function sparkVersion(sparkHome: string): string {
  for (const jar of readdirSync(join(sparkHome, 'jars'))) {
    const [, scala, version] = /^spark-core_([\d.]+)-(.+)\.jar$/.exec(jar) ?? [];
    if (version !== undefined) return `${version}, Scala ${scala}`;
  }
  return 'unknown';
}

function haproxyVersion(): string {
  try {
    const text = execFileSync('haproxy', ['-v'], { encoding: 'utf8' });
    return /version (\S+)/.exec(text)?.[1] ?? 'unknown';
  } catch {
    return 'not installed';
  }
}
