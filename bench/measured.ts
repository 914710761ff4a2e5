import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PartReport, Table } from './part.ts';

/** What one part measured, and when, where and how: parts are compared within themselves, so each may have a run of its own. */
export interface Measured {
  readonly name: string;
  readonly when: string;
  readonly rounds: number;
  readonly isQuick: boolean;
  /** One-minute load average before the run. */
  readonly load: string;
  readonly machine: Table;
  readonly report: PartReport;
}

const file = join(import.meta.dirname, 'measured.json');

/** The latest measurement of each part, in the order of the names; parts that nobody has measured are not among them. */
export function keepMeasured(latest: readonly Measured[], names: readonly string[]): Measured[] {
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Measured[]) : []; // our own file
  const all = names.flatMap(
    (name) => [...latest, ...known].find((measured) => measured.name === name) ?? [],
  );
  writeFileSync(file, `${JSON.stringify(all, undefined, 1)}\n`);
  return all;
}
