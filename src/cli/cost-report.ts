import { decimalText, dividedRounded, type DecimalUnits } from '../core/decimal.ts';
import type { Cell, ResultColumn } from '../wire/client-rows.ts';
import type { CostSum } from './cost-sums.ts';
import type { CostsOptions } from './costs-options.ts';
import { costPlaces, usePlaces } from './engine-end-line.ts';
import { newFormat } from './new-format.ts';

/** What the files said, added up. */
export interface CostReport {
  readonly rows: readonly CostSum[];
  readonly totals: readonly CostSum[];
  /** Lines that no sense could be made of, and where the first one was. */
  readonly broken: number;
  readonly firstBroken: string | undefined;
  /** Lines of engines that were counted already. */
  readonly repeated: number;
  readonly files: number;
}

const leastCostPlaces = 4;
const hourPlaces = usePlaces;

const sumColumns: readonly ResultColumn[] = [
  { name: 'currency', type: 'STRING' },
  { name: 'engines', type: 'BIGINT' },
  { name: 'billed', type: 'BIGINT' },
  { name: 'vcpuHours', type: 'DECIMAL' },
  { name: 'memoryGbHours', type: 'DECIMAL' },
  { name: 'storageGbHours', type: 'DECIMAL' },
  { name: 'cost', type: 'DECIMAL' },
];

/** The report's own text, with totals where they can't be taken for rows. */
export function reportText(report: CostReport, options: CostsOptions): string {
  const { by, format } = options;
  switch (format) {
    case 'csv':
      return tableText('csv', by, report.rows);
    case 'table':
      return `${tableText('table', by, report.rows)}\nTotal\n${tableText('table', [], report.totals)}`;
    case 'json':
      return `${JSON.stringify(jsonReport(report, options), undefined, 2)}\n`;
  }
}

/** What a reader of the sums has to know besides, one sentence a line. */
export function reportNotes(report: CostReport, { from, to }: CostsOptions): string {
  const unpriced = unpricedOf(report);
  const isLimited = from !== undefined || to !== undefined;
  const where = `in ${counted(report.files, 'file')}${isLimited ? ' and of these days' : ''}`;
  return [
    report.totals.length === 0 ? `no engine's end was found ${where}` : '',
    unpriced === 0
      ? ''
      : `${counted(unpriced, 'engine')} without a price: no prices are set for the cluster, or it did not tell all that has one`,
    report.broken === 0
      ? ''
      : `${counted(report.broken, 'line')} could not be read and left out, first ${report.firstBroken ?? ''}`,
    report.repeated === 0
      ? ''
      : `${counted(report.repeated, 'line')} told of an engine once more and left out`,
  ]
    .filter((note) => note !== '')
    .map((note) => `note: ${note}\n`)
    .join('');
}

function tableText(
  format: 'table' | 'csv',
  by: CostsOptions['by'],
  sums: readonly CostSum[],
): string {
  const columns = [...by.map((name) => ({ name, type: 'STRING' }) as const), ...sumColumns];
  const written = newFormat(format, { hasHeader: true, maxCellWidth: undefined });
  return written.begin(columns) + written.rows(sums.map(cellsOf)) + written.end();
}

function cellsOf(sum: CostSum): readonly Cell[] {
  const { currency, engines, billed, vcpuHours, memoryGbHours, storageGbHours, cost } =
    shownSum(sum);
  const figures = [currency, engines, billed, vcpuHours, memoryGbHours, storageGbHours, cost];
  return [...sum.names.map((name) => name ?? null), ...figures];
}

function shownSum(sum: CostSum) {
  return {
    currency: sum.currency ?? null,
    engines: sum.engines,
    billed: sum.billed,
    vcpuHours: hours(sum.vcpuSeconds, 1n),
    memoryGbHours: hours(sum.memoryMibSeconds, 1024n),
    storageGbHours: hours(sum.storageGbSeconds, 1n),
    cost: sum.currency === undefined ? null : decimalText(sum.cost, costPlaces, leastCostPlaces),
  };
}

function hours(seconds: DecimalUnits, perUnit: bigint): string {
  return decimalText(dividedRounded(seconds, 3600n * perUnit), hourPlaces, hourPlaces);
}

/** Decimals are texts: a reader's floats change none of them. */
function jsonReport(report: CostReport, { by, from, to }: CostsOptions) {
  return {
    ...{ from: from ?? null, to: to ?? null, by },
    rows: report.rows.map((sum) => ({
      ...Object.fromEntries(by.map((key, index) => [key, sum.names[index] ?? null])),
      ...shownSum(sum),
    })),
    totals: report.totals.map(shownSum),
    enginesWithoutPrice: unpricedOf(report),
    unreadableLines: report.broken,
    repeatedLines: report.repeated,
    files: report.files,
  };
}

function unpricedOf({ totals }: CostReport): number {
  return totals.find(({ currency }) => currency === undefined)?.engines ?? 0;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
