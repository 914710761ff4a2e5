// A Kubernetes in which nothing runs, with engines that only register: in a process of its own, told by messages what to do.
import { parseArgs } from 'node:util';
import { PretendedFleet } from '../test/support/pretended-fleet.ts';
import { type ClusterAnswer, clusterOrderSchema } from './launch-cluster.ts';

const { values } = parseArgs({
  options: {
    zookeeper: { type: 'string' },
    'start-ms': { type: 'string' },
    'max-launches': { type: 'string' },
  },
});

const fleet = await PretendedFleet.start({
  zooKeeper: values.zookeeper ?? '',
  startMs: Number(values['start-ms']),
  maxLaunches: Number(values['max-launches']),
});
let mostWatches = 0;
const sampling = setInterval(() => {
  mostWatches = Math.max(mostWatches, podWatches());
}, 100);

process.on('message', (message) => {
  const { order } = clusterOrderSchema.parse(message);
  if (order === 'forget') {
    fleet.kubernetes.faults.forgetRequests();
    mostWatches = podWatches();
  }
  tell();
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => {
  clearInterval(sampling);
  void fleet.stop().finally(() => process.exit());
});
tell();

function tell(): void {
  const answer: ClusterAnswer = {
    clustersFile: fleet.clustersFile,
    requests: fleet.requests(),
    drivers: fleet.drivers().length,
    registered: fleet.engines.count('registered'),
    mostWatches,
  };
  process.send?.(answer);
}

function podWatches(): number {
  return fleet.kubernetes.openWatches.filter(({ resource }) => resource.plural === 'pods').length;
}
