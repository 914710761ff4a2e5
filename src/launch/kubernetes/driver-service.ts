import type { V1OwnerReference, V1Service } from '@kubernetes/client-node';
import type { Settings } from '../../config/entry.ts';
import type { EngineJob } from '../job-platform.ts';
import { driverPorts } from './driver-pod.ts';
import { jobLabels, objectName, roleLabel, settingsBelow, tagLabel } from './job-labels.ts';

/** A name for the driver that leads to its pod: executors find it where pods don't reach each other by address. */
export function driverService(
  job: EngineJob,
  namespace: string,
  conf: Settings,
  owner: V1OwnerReference,
): V1Service {
  const annotations = settingsBelow(conf, 'spark.kubernetes.driver.service.annotation.');
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: objectName(job.tag),
      namespace,
      labels: {
        ...settingsBelow(conf, 'spark.kubernetes.driver.service.label.'),
        ...jobLabels(job),
      },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [owner],
    },
    spec: {
      clusterIP: 'None',
      selector: { [tagLabel]: job.tag, [roleLabel]: 'driver' },
      ports: [
        port('driver-rpc-port', driverPorts.rpc),
        port('blockmanager', driverPorts.blockManager),
      ],
      // The driver asks for executors before its own readiness is known.
      publishNotReadyAddresses: true,
    },
  };
}

function port(
  name: string,
  number: number,
): {
  name: string;
  port: number;
  targetPort: number;
  protocol: string;
} {
  return { name, port: number, targetPort: number, protocol: 'TCP' };
}
