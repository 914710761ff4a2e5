/** How executors' shuffle files stay readable when the executors go. */
export type ShuffleKeeper = 'shuffle-service' | 'tracking';

/** With these an engine without work costs its driver alone. */
export function idleExecutorSettings(keeper: ShuffleKeeper): Map<string, string> {
  return new Map([
    ['spark.dynamicAllocation.enabled', 'true'],
    ['spark.dynamicAllocation.minExecutors', '0'],
    keeper === 'shuffle-service'
      ? ['spark.shuffle.service.enabled', 'true']
      : ['spark.dynamicAllocation.shuffleTracking.enabled', 'true'],
  ]);
}

/** Spark would keep executors for ever that hold cached or shuffled rows. Defaults: a session may want them longer. */
export function idleExecutorDefaults(keeper: ShuffleKeeper): Map<string, string> {
  return new Map([
    ['spark.dynamicAllocation.cachedExecutorIdleTimeout', '30min'],
    ...(keeper === 'tracking'
      ? [['spark.dynamicAllocation.shuffleTracking.timeout', '30min'] satisfies [string, string]]
      : []),
  ]);
}
