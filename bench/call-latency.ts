import { requireAnswer } from './part.ts';
import { median } from './statistics.ts';
import type { RawConnection } from './raw-connection.ts';

/** One way to the same engine, with a request that is sent over it again and again. */
export interface Way {
  readonly name: string;
  readonly connection: RawConnection;
  readonly frame: Buffer;
  /** Throws where the reply is wrong. */
  readonly check: (reply: Buffer) => void;
}

/** Median microseconds of one call, by way. The ways take turns in short blocks, so that each has the same weather. */
export async function latencies(
  ways: readonly Way[],
  blocks: number,
  blockCalls: number,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map(ways.map((way) => [way.name, [] as number[]]));
  for (let block = 0; block < blocks; block++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = ways[(block + turn) % ways.length]; // nobody is always the first
      if (way !== undefined) await callBlock(way, blockCalls, times.get(way.name) ?? []);
    }
  }
  return new Map([...times].map(([name, values]) => [name, median(values)]));
}

/** The same request gets the same bytes: every reply is compared with the first, which was decoded and found right. */
async function callBlock(way: Way, calls: number, times: number[]): Promise<void> {
  const { connection, frame, check } = way;
  const right = await connection.exchange(frame);
  check(right);
  let wrong = 0;
  for (let call = 0; call < calls; call++) {
    const startMs = performance.now();
    const reply = await connection.exchange(frame);
    times.push((performance.now() - startMs) * 1000);
    if (!reply.equals(right)) wrong++;
  }
  requireAnswer(wrong === 0, `${calls} calls ${way.name}`, `${wrong} other replies`);
}
