import type { DecimalUnits } from '../core/decimal.ts';
import { RecentMap } from '../core/recent-map.ts';
import type { CostKey } from './costs-options.ts';
import type { EngineEnd } from './engine-end-line.ts';

/** The engines of one row: those of one currency, or those without a price. */
export interface CostSum {
  /** In the order of the keys that are summed by. */
  readonly names: readonly (string | undefined)[];
  readonly currency: string | undefined;
  engines: number;
  /** Those whose uses are what the provider bills. */
  billed: number;
  vcpuSeconds: DecimalUnits;
  memoryMibSeconds: DecimalUnits;
  storageGbSeconds: DecimalUnits;
  cost: DecimalUnits;
}

export interface SumSettings {
  readonly by: readonly CostKey[];
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Engines that are remembered, so that one whose end was told twice counts once: about 100 MB at most. */
const remembered = 1_000_000;

/** Adds engines up. What it keeps grows with its rows alone. */
export class CostSums {
  readonly #settings: SumSettings;
  readonly #rows = new Map<string, CostSum>();
  readonly #totals = new Map<string, CostSum>();
  readonly #seen = new RecentMap<string, true>(remembered);
  #repeated = 0;

  constructor(settings: SumSettings) {
    this.#settings = settings;
  }

  /** Lines of engines that had been counted before. */
  get repeated(): number {
    return this.#repeated;
  }

  /** In the order of their names, then of their currencies; those without a price come last. */
  get rows(): readonly CostSum[] {
    return [...this.#rows.values()].toSorted(byNames);
  }

  /** One for each currency, and one for what has no price. */
  get totals(): readonly CostSum[] {
    return [...this.#totals.values()].toSorted(byNames);
  }

  add(end: EngineEnd): void {
    const { by, from, to } = this.#settings;
    const isWanted = (from === undefined || end.day >= from) && (to === undefined || end.day <= to);
    const identity = `${end.cluster}\n${end.engine}`;
    // Of two lines the first one counts, whichever days are asked for: days add up to what is told of all of them.
    if (this.#seen.has(identity)) {
      if (isWanted) this.#repeated++;
      return;
    }
    this.#seen.set(identity, true);
    if (!isWanted) return;
    addTo(
      this.#rows,
      by.map((key) => end[key]),
      end,
    );
    addTo(this.#totals, [], end);
  }
}

function addTo(
  sums: Map<string, CostSum>,
  names: readonly (string | undefined)[],
  end: EngineEnd,
): void {
  const currency = end.cost?.currency;
  const key = JSON.stringify([...names, currency].map((name) => name ?? null));
  const sum = sums.get(key) ?? {
    ...{ names, currency, engines: 0, billed: 0, cost: 0n },
    ...{ vcpuSeconds: 0n, memoryMibSeconds: 0n, storageGbSeconds: 0n },
  };
  sum.engines++;
  if (end.isBilled) sum.billed++;
  sum.vcpuSeconds += end.vcpuSeconds;
  sum.memoryMibSeconds += end.memoryMibSeconds;
  sum.storageGbSeconds += end.storageGbSeconds;
  sum.cost += end.cost?.amount ?? 0n;
  sums.set(key, sum);
}

function byNames(one: CostSum, other: CostSum): number {
  for (const [index, name] of one.names.entries()) {
    const order = compared(name, other.names[index]);
    if (order !== 0) return order;
  }
  return compared(one.currency, other.currency);
}

/** What is not known comes last. */
function compared(one: string | undefined, other: string | undefined): number {
  if (one === other) return 0;
  if (one === undefined) return 1;
  if (other === undefined) return -1;
  return one < other ? -1 : 1;
}
