import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Seconds that a JVM has stood still to collect garbage since it started. */
export function collectionSeconds(javaHome: string, pid: number): number {
  const jstat = join(javaHome, 'bin', 'jstat');
  const [names = '', values = ''] = execFileSync(jstat, ['-gcutil', String(pid)], {
    encoding: 'utf8',
  }).split('\n');
  const at = names.trim().split(/\s+/).indexOf('GCT');
  const seconds = Number(values.trim().split(/\s+/)[at]);
  if (Number.isNaN(seconds)) throw new Error(`jstat says nothing of ${pid}: ${values}`);
  return seconds;
}
