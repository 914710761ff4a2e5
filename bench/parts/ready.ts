import { connectHs2 } from '../../test/support/hs2-client.ts';
import { startBenchGateway } from '../bench-gateway.ts';
import { startExternalZooKeeper } from '../external-zookeeper.ts';
import type { BenchContext, Part, PartReport } from '../part.ts';
import { median, seriesColumns, seriesRow } from '../statistics.ts';

const mostSeconds = 1;

/** From the start of the gateway's process to its ready line. */
export const ready: Part = {
  name: 'ready',
  async run(context): Promise<PartReport> {
    const zooKeeper = await startExternalZooKeeper(context);
    const external: number[] = [];
    const embedded: number[] = [];
    try {
      for (let round = 1; round <= context.rounds; round++) {
        external.push(await readyAfter(context, { 'kyuubi.ha.addresses': zooKeeper.addresses }));
        embedded.push(await readyAfter(context, {}));
        context.say(
          `ready ${round}/${context.rounds}: ${external.at(-1)?.toFixed(2)} s, with its own ZooKeeper ${embedded.at(-1)?.toFixed(2)} s`,
        );
      }
    } finally {
      await zooKeeper.stop();
    }
    const seconds = median(external);
    return {
      title: 'Ready: the gateway’s start',
      how: 'From the start of the gateway’s process, run from source as `npm start` does, until it has printed its ready line. It then has to let a client log in.',
      table: {
        columns: seriesColumns('ready', 's'),
        rows: [
          seriesRow('ZooKeeper already up', external, 2),
          seriesRow('with the embedded ZooKeeper, on an empty folder', embedded, 2),
        ],
      },
      marks: [
        {
          what: 'gateway ready, ZooKeeper already up',
          figure: `${seconds.toFixed(2)} s`,
          limit: `under ${mostSeconds} s`,
          isMet: seconds < mostSeconds,
        },
      ],
      notes: [],
    };
  },
};

async function readyAfter(
  context: BenchContext,
  conf: Readonly<Record<string, string>>,
): Promise<number> {
  const startMs = performance.now();
  const gateway = await startBenchGateway(context, conf);
  const tookMs = performance.now() - startMs;
  try {
    (await connectHs2({ port: gateway.port })).end(); // throws unless it lets us in
    return tookMs / 1000;
  } finally {
    await gateway.stop();
  }
}
