import {
  type Hs2Column,
  Hs2Error,
  type Hs2Result,
  type Hs2Session,
  type Hs2Value,
  type MetadataArguments,
  type MetadataMethod,
} from '../../support/hs2-client.ts';
import type { ServerKind } from '../../support/server.ts';

/** What a client saw of one statement. */
export type Outcome =
  | {
      readonly kind: 'rows';
      readonly columns: readonly Hs2Column[];
      readonly rows: readonly (readonly Hs2Value[])[];
    }
  | { readonly kind: 'error'; readonly sqlState: string | undefined; readonly message: string };

export type RowsOutcome = Extract<Outcome, { kind: 'rows' }>;

/** One side of the comparison: a server with a session, and the folder that its answers may name. */
export interface Side {
  readonly server: ServerKind;
  readonly session: Hs2Session;
  readonly dir: string;
  /** Whether every other statement is sent asynchronously, so that both ways are compared with one oracle. */
  readonly alternates: boolean;
}

// Batches that divide nothing evenly, one that is the usual default, and one that takes whole blocks.
const batchSizes = [1_000, 333, 10_000, 97];

export async function observeStatement(
  side: Side,
  statement: string,
  index: number,
): Promise<Outcome> {
  const maxRows = batchSizes[index % batchSizes.length] ?? 1_000;
  const isAsync = side.alternates && index % 2 === 1;
  return await observe(() => side.session.run(statement, { async: isAsync, maxRows }));
}

export async function observeMetadata<M extends MetadataMethod>(
  side: Side,
  method: M,
  args: MetadataArguments<M>,
): Promise<Outcome> {
  return await observe(() => side.session.metadata(method, args));
}

async function observe(ask: () => Promise<Hs2Result>): Promise<Outcome> {
  try {
    return { kind: 'rows', ...(await ask()) };
  } catch (error) {
    if (!(error instanceof Hs2Error)) throw error;
    return { kind: 'error', sqlState: error.sqlState, message: error.message };
  }
}
