import type { EngineLine } from '../emr-releases.ts';

/** Lines of Spark for which the engine is built. */
export type SparkLine = EngineLine;

/** What a catalog's settings depend on beside the catalog itself. */
export interface CatalogContext {
  /** Undefined: 3.5. */
  readonly sparkLine?: SparkLine | undefined;
  /** The `kind` of the cluster that the engine runs on. */
  readonly clusterKind: string;
  /** Of the preset or the cluster, e.g. `emr-7.8.0-latest`, whose images have jars of their own; undefined: not told. */
  readonly release?: string | undefined;
}
