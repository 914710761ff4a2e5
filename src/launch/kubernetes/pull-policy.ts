import type { V1Container } from '@kubernetes/client-node';
import type { Settings } from '../../config/entry.ts';

/** When a node pulls the images of the driver's pod; Kubernetes decides unless the settings do. */
export function pullPolicy(conf: Settings): Pick<V1Container, 'imagePullPolicy'> {
  const policy = conf.get('spark.kubernetes.container.image.pullPolicy');
  return policy === undefined ? {} : { imagePullPolicy: policy };
}
