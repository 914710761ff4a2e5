import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { leakFileVariable, SecretSearch, tellLeaks } from './secret-search.ts';
import type { Leak } from './secret-search.ts';
import { makeTempDir, removeTempDir } from './temp-dir.ts';

/** How much of what was written before is looked at again, for a secret that came in two pieces. */
const tailChars = 200;

const streams = [process.stdout, process.stderr] as const;
const leaks: Leak[] = [];
let dir: string | undefined;
const restores: (() => void)[] = [];

/**
 * Vitest runs this before all tests, once for each project: from then on its own output is searched for secrets, and the
 * processes that run the tests are told where to write what they find.
 */
export function setup(): void {
  if (dir !== undefined) return;
  dir = makeTempDir('leaks');
  const file = join(dir, 'leaks');
  writeFileSync(file, '');
  process.env[leakFileVariable] = file;
  const search = new SecretSearch();
  for (const stream of streams) {
    // oxlint-disable-next-line typescript/unbound-method -- put back as it was, and called with its stream below.
    const write = stream.write;
    let tail = '';
    const watched = (...args: Parameters<typeof write>): boolean => {
      const text = tail + String(args[0]);
      leaks.push(...search.inText("Vitest's own output", text));
      tail = text.slice(-tailChars);
      return Reflect.apply(write, stream, args) as boolean; // as `write` itself answers
    };
    stream.write = watched as typeof write; // an overloaded function has no type of a plain one
    restores.push(() => {
      stream.write = write;
    });
  }
}

/** Fails the run if a secret of a test was found anywhere. */
export function teardown(): void {
  if (dir === undefined) return;
  for (const restore of restores.splice(0)) restore();
  const recorded = readFileSync(join(dir, 'leaks'), 'utf8').split('\n').filter(Boolean);
  leaks.push(...recorded.map((line) => JSON.parse(line) as Leak)); // written by `recordLeaks`
  removeTempDir(dir);
  dir = undefined;
  if (leaks.length === 0) return;
  process.exitCode = 1; // Vitest tells of an error at its end, and would exit with 0
  throw new Error(tellLeaks(leaks));
}
