const lists = new Set(['spark.jars', 'spark.jars.packages', 'spark.sql.extensions']);

/** The settings of several catalogs of one engine, as a preset joins them. */
export function mergedSettings(
  parts: readonly ReadonlyMap<string, string>[],
): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const [key, value] of parts.flatMap((part) => [...part])) {
    const before = merged[key];
    if (before === undefined || before === value) merged[key] = value;
    else if (lists.has(key)) merged[key] = [...new Set(`${before},${value}`.split(','))].join(',');
    else throw new Error(`${key} is ${before} and ${value}`);
  }
  return merged;
}
