/** What the resources of a cluster's engines cost. Amounts are decimals as they were written, e.g. `0.052624`. */
export interface Prices {
  /** Three capital letters, e.g. `USD`. */
  readonly currency: string;
  readonly perVcpuHour: string;
  readonly perMemoryGbHour: string;
  /** Of disk beyond what is free, where the cluster tells how much of it an engine had. */
  readonly perStorageGbHour: string | undefined;
  /** For each engine, however long it lived. */
  readonly perEngine: string | undefined;
}

/** Decimal places that a price may have. */
export const pricePlaces = 9;
