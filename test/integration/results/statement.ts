import type { Hs2Client, Hs2Column, Hs2Operation, Hs2Value } from '../../support/hs2-client.ts';
import { type Difference, disagreements, report } from '../values/differences.ts';
import { type ColumnTopic, topicQuery } from './every-type.ts';

/** A query, the settings that its session is given by SET, and the protocol of that session if it is not the newest. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly settings: readonly string[];
  readonly protocol?: number;
}

export function statementOf(topic: ColumnTopic, where?: string): Statement {
  return { name: topic.name, text: topicQuery(topic, where), settings: topic.settings };
}

export function plain(text: string): Statement {
  return { name: text, text, settings: [] };
}

/** Runs the statement in a session of its own and hands out its operation while it is open. */
export async function withResult<T>(
  client: Hs2Client,
  { text, settings, protocol }: Statement,
  configuration: Readonly<Record<string, string>>,
  use: (operation: Hs2Operation, columns: readonly Hs2Column[]) => Promise<T>,
): Promise<T> {
  const options = { configuration, ...(protocol === undefined ? {} : { protocol }) };
  const session = await client.openSession(options);
  try {
    for (const setting of settings) await session.run(setting);
    const operation = await session.execute(text, { async: true });
    await operation.finish();
    const used = await use(operation, await operation.columns());
    await operation.close();
    return used;
  } finally {
    await session.close();
  }
}

export interface Rows {
  readonly columns: readonly Hs2Column[];
  readonly rows: readonly (readonly Hs2Value[])[];
}

/** Fails with the first cells that differ; `what` says how ours were read. */
export function requireSame({ name }: Statement, what: string, ours: Rows, theirs: Rows): void {
  const found = disagreements({ kind: 'rows', ...ours }, { kind: 'rows', ...theirs }, true);
  if (found.length === 0) return;
  const differences: Difference[] = found.map((one) => ({ topic: name, asked: what, ...one }));
  throw new Error(report(differences));
}
