import type { Hs2Column, Hs2Value } from '../../support/hs2-client.ts';
import type { Outcome } from './outcome.ts';

export interface Difference {
  readonly topic: string;
  readonly asked: string;
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
}

export interface Disagreement {
  readonly what: string;
  readonly ours: string;
  readonly theirs: string;
}

const shownCells = 3;
const shownText = 300;

/**
 * Everything in which two answers disagree; nothing when a client could not tell them apart. Spark Thrift Server gives
 * no SQLSTATE for some failures: the gateway has to give a valid one all the same.
 */
export function disagreements(
  ours: Outcome,
  theirs: Outcome,
  requiresSqlState: boolean,
): Disagreement[] {
  if (ours.kind === 'rows' && theirs.kind === 'rows') {
    const columns = columnDisagreements(ours.columns, theirs.columns);
    if (ours.columns.length !== theirs.columns.length) return columns;
    return [...columns, ...cellDisagreements(ours, theirs)];
  }
  if (ours.kind === 'error' && theirs.kind === 'error') {
    return errorDisagreements(ours, theirs, requiresSqlState);
  }
  return [{ what: 'outcome', ours: summary(ours), theirs: summary(theirs) }];
}

export function report(differences: readonly Difference[]): string {
  const lines = differences.map(
    ({ topic, asked, what, ours, theirs }) =>
      `${topic}: ${asked}\n  ${what}\n    ours:   ${ours}\n    theirs: ${theirs}`,
  );
  return `${differences.length} differences from Spark Thrift Server\n\n${lines.join('\n\n')}`;
}

function columnDisagreements(
  ours: readonly Hs2Column[],
  theirs: readonly Hs2Column[],
): Disagreement[] {
  if (ours.length !== theirs.length) {
    const names = (columns: readonly Hs2Column[]) => columns.map(({ name }) => name).join(', ');
    return [{ what: 'number of columns', ours: names(ours), theirs: names(theirs) }];
  }
  return theirs.flatMap((their, index) => {
    const [ourText, theirText] = [describe(ours[index]), describe(their)];
    if (ourText === theirText) return [];
    return [{ what: `column ${index + 1}`, ours: ourText, theirs: theirText }];
  });
}

function describe(column: Hs2Column | undefined): string {
  if (column === undefined) return 'none';
  const { name, type, qualifiers, position, comment } = column;
  const entries = Object.entries(qualifiers).sort(([a], [b]) => (a < b ? -1 : 1));
  const sorted = Object.fromEntries(entries);
  return JSON.stringify({ name, type, qualifiers: sorted, position, comment });
}

function cellDisagreements(
  ours: Extract<Outcome, { kind: 'rows' }>,
  theirs: Extract<Outcome, { kind: 'rows' }>,
): Disagreement[] {
  const found: Disagreement[] = [];
  if (ours.rows.length !== theirs.rows.length) {
    const [our, their] = [ours.rows.length, theirs.rows.length];
    found.push({ what: 'number of rows', ours: `${our}`, theirs: `${their}` });
  }
  let more = 0;
  for (let row = 0; row < Math.max(ours.rows.length, theirs.rows.length); row++) {
    for (let column = 0; column < theirs.columns.length; column++) {
      const [our, their] = [ours.rows[row]?.[column], theirs.rows[row]?.[column]];
      if (isSame(our, their)) continue;
      if (found.length < shownCells) {
        const what = `row ${row + 1}, column ${column + 1} (${theirs.columns[column]?.name ?? ''})`;
        found.push({ what, ours: show(our), theirs: show(their) });
      } else {
        more++;
      }
    }
  }
  if (more > 0) found.push({ what: 'further cells', ours: `${more}`, theirs: `${more}` });
  return found;
}

function errorDisagreements(
  ours: Extract<Outcome, { kind: 'error' }>,
  theirs: Extract<Outcome, { kind: 'error' }>,
  requiresSqlState: boolean,
): Disagreement[] {
  const found: Disagreement[] = [];
  const isStateGood =
    theirs.sqlState === undefined && requiresSqlState
      ? /^[0-9A-Z]{5}$/.test(ours.sqlState ?? '')
      : ours.sqlState === theirs.sqlState;
  if (!isStateGood) {
    const [our, their] = [ours.sqlState ?? 'none', theirs.sqlState ?? 'none'];
    found.push({ what: 'SQLSTATE', ours: our, theirs: their });
  }
  if (ours.message !== theirs.message) {
    const [our, their] = [show(ours.message), show(theirs.message)];
    found.push({ what: 'error message', ours: our, theirs: their });
  }
  return found;
}

function isSame(ours: Hs2Value | undefined, theirs: Hs2Value | undefined): boolean {
  if (Buffer.isBuffer(ours) && Buffer.isBuffer(theirs)) return ours.equals(theirs);
  return Object.is(ours, theirs); // NaN is NaN, and -0 is not 0
}

function summary(outcome: Outcome): string {
  return outcome.kind === 'rows'
    ? `${outcome.rows.length} rows of ${outcome.columns.map(({ name }) => name).join(', ')}`
    : show(`${outcome.sqlState ?? 'no SQLSTATE'}: ${outcome.message}`);
}

function show(value: Hs2Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (Buffer.isBuffer(value)) return `X'${value.subarray(0, 50).toString('hex')}'`;
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value);
  return JSON.stringify(value.length > shownText ? `${value.slice(0, shownText)}…` : value);
}
