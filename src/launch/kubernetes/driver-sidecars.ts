import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import type { Settings } from '../../config/entry.ts';
import type { Sidecar, SidecarValue } from '../../preset/catalogs/sidecar.ts';
import { literalValue } from './literal-value.ts';
import { pullPolicy } from './pull-policy.ts';

const probeEverySeconds = 2;
/** What is not up after these is started anew: a database's first start takes its time. */
const probesAtMost = 90;

/**
 * Sidecars as Kubernetes has them since 1.29: init containers that go on. The driver starts when each of them takes connections,
 * and they end when the driver has ended.
 */
export function driverSidecars(sidecars: readonly Sidecar[], conf: Settings): V1Container[] {
  return sidecars.map(({ name, image, port, environment }) => ({
    name,
    image,
    ...pullPolicy(conf),
    restartPolicy: 'Always',
    ports: [{ containerPort: port, protocol: 'TCP' }],
    env: [...environment].map(([variable, value]) => variableOf(variable, value)),
    startupProbe: {
      tcpSocket: { port },
      periodSeconds: probeEverySeconds,
      failureThreshold: probesAtMost,
    },
  }));
}

function variableOf(name: string, value: SidecarValue): V1EnvVar {
  switch (value.kind) {
    case 'text':
      return { name, value: literalValue(value.text) };
    case 'secret':
      return { name, valueFrom: { secretKeyRef: { name: value.secret, key: value.key } } };
  }
}
