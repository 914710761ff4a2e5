import { pods } from '../../support/kubernetes/resources.ts';
import type { KubernetesCluster } from '../../support/kubernetes/kubernetes.ts';
import type { ContainersRun } from '../../support/aws/emr-containers-run.ts';
import { containersRequest } from '../../support/aws/emr-containers-run.ts';
import { settingsOf } from '../../support/aws/spark-request.ts';

export const namespace = 'emr';
const image = 'registry.example/emr:7.10';
const fluentd = 'registry.example/fluentd:7.10';

/** What the pods of job runs need of a cluster. */
export const podImages = { [image]: {}, [fluentd]: {} };

/** The settings below a prefix, by what follows it. */
function below(settings: Readonly<Record<string, string>>, prefix: string): [string, string][] {
  return Object.entries(settings).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
  );
}

/** The driver's pod as spark-submit makes it of the run's settings, with the labels and the second container of EMR's own. */
export function makeDriverPod(
  kubernetes: KubernetesCluster,
  run: ContainersRun,
  driverImage = image,
): string {
  const settings = settingsOf(containersRequest(run.content));
  const mounts = below(settings, 'spark.kubernetes.driver.secrets.');
  const name = `spark-${run.id}-driver`;
  const resources = { requests: { cpu: '1', memory: '1Gi' } };
  kubernetes.api.create(pods, namespace, {
    metadata: {
      name,
      labels: {
        ...Object.fromEntries(below(settings, 'spark.kubernetes.driver.label.')),
        'spark-role': 'driver',
        'emr-containers.amazonaws.com/job.id': run.id,
        'emr-containers.amazonaws.com/virtual-cluster-id': run.clusterId,
        'emr-containers.amazonaws.com/resource.type': 'job.run',
        'emr-containers.amazonaws.com/component': 'driver',
      },
      annotations: Object.fromEntries(below(settings, 'spark.kubernetes.driver.annotation.')),
    },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          ...{ name: 'spark-kubernetes-driver', image: driverImage, resources },
          volumeMounts: mounts.map(([secret, mountPath]) => ({
            ...{ name: `${secret}-volume`, mountPath },
          })),
        },
        { name: 'emr-container-fluentd', image: fluentd },
      ],
      volumes: mounts.map(([secretName]) => ({
        name: `${secretName}-volume`,
        secret: { secretName },
      })),
    },
  });
  return name;
}
