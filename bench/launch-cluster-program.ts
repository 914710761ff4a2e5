// A cluster in which nothing runs, with engines that only register: in a process of its own, told by messages what to do.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type ClusterAnswer, clusterOrderSchema } from './launch-cluster.ts';
import { fleets } from './launch-fleets.ts';

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    zookeeper: { type: 'string' },
    'start-ms': { type: 'string' },
    'max-launches': { type: 'string' },
  },
});

const kind = z.enum(['kubernetes', 'emr-serverless']).parse(values.kind);
const most = values['max-launches'];
const fleet = await fleets[kind]({
  zooKeeper: values.zookeeper ?? '',
  startMs: Number(values['start-ms']),
  maxLaunches: most === undefined ? undefined : Number(most),
});

process.on('message', (message) => {
  const { order } = clusterOrderSchema.parse(message);
  if (order === 'forget') fleet.forget();
  tell();
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => {
  void fleet.stop().finally(() => process.exit());
});
tell();

function tell(): void {
  const answer: ClusterAnswer = {
    clustersFile: fleet.clustersFile,
    environment: fleet.environment,
    requests: fleet.requests(),
    alive: fleet.alive(),
    registered: fleet.registered(),
    figures: fleet.figures(),
  };
  process.send?.(answer);
}
