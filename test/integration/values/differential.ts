import type { MetadataArguments, MetadataMethod } from '../../support/hs2-client.ts';
import { type Difference, disagreements } from './differences.ts';
import {
  type MetadataCall,
  metadataCalls,
  metadataSetUp,
  metadataTearDown,
} from './metadata-calls.ts';
import { levelMetadata } from './metadata-differences.ts';
import { normalise } from './normalisations.ts';
import { observeMetadata, observeStatement, type Outcome, type Side } from './outcome.ts';
import type { Topic } from './topics.ts';

export interface Comparison {
  readonly differences: readonly Difference[];
  /** How the oracle answered: a comparison of failures only would prove nothing. */
  readonly rows: number;
  readonly errors: number;
}

/** Runs a topic on both sides, each in its own order, and compares what each statement gave. */
export async function compareTopic(topic: Topic, ours: Side, theirs: Side): Promise<Comparison> {
  const observeAll = async (side: Side) => {
    const outcomes: Outcome[] = [];
    for (const [index, statement] of topic.statements.entries()) {
      outcomes.push(normalise(await observeStatement(side, statement, index), side.dir));
    }
    return outcomes;
  };
  const [our, their] = await Promise.all([observeAll(ours), observeAll(theirs)]);
  return compare(topic.name, topic.statements, our, their, ours);
}

export async function compareMetadata(ours: Side, theirs: Side): Promise<Comparison> {
  const observeAll = async (side: Side) => {
    for (const statement of metadataSetUp) await side.session.run(statement);
    const outcomes: Outcome[] = [];
    for (const call of metadataCalls) {
      outcomes.push(levelMetadata(call.method, await observeCall(side, call), side.server));
    }
    for (const statement of metadataTearDown) await side.session.run(statement);
    return outcomes;
  };
  const [our, their] = await Promise.all([observeAll(ours), observeAll(theirs)]);
  const asked = metadataCalls.map(({ method, args }) => `${method} ${JSON.stringify(args)}`);
  return compare('metadata', asked, our, their, ours);
}

async function observeCall(side: Side, { method, args }: MetadataCall): Promise<Outcome> {
  // The call was made by ask(), which paired the two.
  return await observeMetadata(side, method, args as MetadataArguments<MetadataMethod>);
}

function compare(
  topic: string,
  asked: readonly string[],
  ours: readonly Outcome[],
  theirs: readonly Outcome[],
  { server }: Side,
): Comparison {
  const differences = theirs.flatMap((their, index) => {
    const our = ours[index];
    if (our === undefined) throw new Error(`no answer of ours to ${asked[index] ?? index}`);
    return disagreements(our, their, server === 'gateway').map((found) => ({
      topic,
      asked: asked[index] ?? '',
      ...found,
    }));
  });
  const rows = theirs.filter(({ kind }) => kind === 'rows').length;
  return { differences, rows, errors: theirs.length - rows };
}
