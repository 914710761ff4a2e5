import type { Preset } from '../format/preset-schema.ts';

/** Driver's and executors' cores and memory, and how many executors there may be. */
export function sizeSettings({
  driver,
  executor,
}: NonNullable<Preset['sizes']>): Map<string, string> {
  const sizes: [string, number | string | undefined][] = [
    ['spark.driver.cores', driver?.cores],
    ['spark.driver.memory', driver?.memory],
    ['spark.driver.memoryOverhead', driver?.memoryOverhead],
    ['spark.executor.cores', executor?.cores],
    ['spark.executor.memory', executor?.memory],
    ['spark.executor.memoryOverhead', executor?.memoryOverhead],
    ['spark.executor.instances', executor?.instances],
    ['spark.dynamicAllocation.minExecutors', executor?.min],
    ['spark.dynamicAllocation.maxExecutors', executor?.max],
  ];
  return new Map(
    sizes.flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  );
}
