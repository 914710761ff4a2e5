/** The value below which this share of the values lies; of two neighbours the mean, weighted by distance. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A row of a table: a name, then median, minimum and maximum. */
export function seriesRow(name: string, values: readonly number[], digits: number): string[] {
  const figures = [median(values), Math.min(...values), Math.max(...values)];
  return [name, ...figures.map((figure) => figure.toFixed(digits)), String(values.length)];
}

export function seriesColumns(what: string, unit: string): string[] {
  return [what, `median, ${unit}`, `min, ${unit}`, `max, ${unit}`, 'rounds'];
}
