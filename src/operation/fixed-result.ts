/** A small result that the gateway made itself: string columns only, as HiveServer2's own commands answer. */
export interface FixedResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}
