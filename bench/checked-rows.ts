import type { RowReader } from './row-reader.ts';
import { fetchRows } from './row-servers.ts';
import { requireSameRows, type RowStatement } from './row-statements.ts';

/**
 * Bytes on the wire of each session's result, by the session's name. All values of all of them have to be the same, else the
 * run is void; `sides` says in words whose they are. It warms the sides up, too.
 */
export async function checkRows<S extends string>(
  reader: RowReader,
  statement: RowStatement,
  sessions: readonly S[],
  sides: Readonly<Record<NoInfer<S>, string>>,
): Promise<Readonly<Record<S, number>>> {
  const checked = [];
  for (const session of sessions) {
    await reader.execute(session, statement.sql);
    checked.push({ session, ...(await reader.verify(session, fetchRows)) });
  }
  const digests = checked.map(({ session, digest }) => [sides[session], digest] as const);
  requireSameRows(statement, Object.fromEntries(digests));
  const bytes = checked.map(({ session, wireBytes }) => [session, wireBytes] as const);
  return Object.fromEntries(bytes) as Record<S, number>; // an entry for each session
}
