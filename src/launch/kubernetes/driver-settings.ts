import type { Settings } from '../../config/entry.ts';
import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { refuseUnrealised } from './driver-keys.ts';
import { jobLabels, objectName } from './job-labels.ts';
import { takeSecretVariables } from './secret-variables.ts';

export interface DriverSettings {
  /** All settings of the engine's process, without its key. */
  readonly conf: ReadonlyMap<string, string>;
  /** What was asked for in vain, as sentences for the launch log. */
  readonly notes: readonly string[];
  /** What else the job's secret has to hold, by its keys. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** The API server as pods see it. */
const apiForPods = 'https://kubernetes.default.svc';

/** What this launcher decides itself, since the job is found by it or the pod is reached by it. */
const decidedHere: readonly string[] = [
  'spark.submit.deployMode',
  'spark.driver.host',
  'spark.driver.bindAddress',
  'spark.kubernetes.driver.pod.name',
  'spark.kubernetes.driver.resourceNamePrefix',
  'spark.kubernetes.executor.podNamePrefix',
  'spark.torii.engine.bind.host',
  'spark.torii.engine.advertised.host',
];

/** Settings that say how to submit, and mean nothing to a driver that runs already. */
const submissionOnly = /^spark\.kubernetes\.(?:submission\.|context$|file\.upload\.path$)/;

/**
 * Settings of a driver that runs in a pod and asks for its executors itself. Throws a `SubmitError` (refused) for what can't be
 * realised here.
 */
export function driverSettings(job: EngineJob, spec: KubernetesSpec): DriverSettings {
  const { conf, notes, secrets } = commonSettings(job, spec);
  const name = objectName(job.tag);
  if (!(conf.get('spark.master') ?? '').startsWith('k8s://')) {
    conf.set('spark.master', `k8s://${conf.get('spark.kubernetes.driver.master') ?? apiForPods}`);
  }
  conf.set('spark.submit.deployMode', 'client');
  // By it, executors are the driver's pod's own: they go when it goes.
  conf.set('spark.kubernetes.driver.pod.name', name);
  conf.set('spark.kubernetes.executor.podNamePrefix', name);
  return { conf, notes, secrets };
}

/** What drivers have in common, whoever makes their pods. */
export function commonSettings(
  job: EngineJob,
  spec: KubernetesSpec,
): DriverSettings & { readonly conf: Map<string, string> } {
  refuseUnrealised(job.conf);
  const namespace = job.conf.get('spark.kubernetes.namespace') ?? spec.namespace;
  if (namespace !== spec.namespace) {
    throw new SubmitError(
      'refused',
      `spark.kubernetes.namespace is ${namespace}, but cluster ${spec.name} has the namespace ${spec.namespace}`,
      { hint: 'Leave the setting out, or ask for a cluster with that namespace.' },
    );
  }
  const conf = new Map([...job.conf].filter(([key]) => !submissionOnly.test(key)));
  const notes: string[] = [];
  for (const key of decidedHere) {
    // The gateway itself sets Spark's deploy mode and, on a laptop, the engine's hosts.
    if (conf.delete(key) && !/deployMode$|^spark\.torii\./.test(key)) {
      notes.push(`${key} is ignored: the launcher decides it on Kubernetes`);
    }
  }
  conf.set('spark.kubernetes.namespace', spec.namespace);
  setUnlessGiven(conf, 'spark.kubernetes.container.image', spec.image);
  const pullSecrets = spec.imagePullSecrets.join(',');
  setUnlessGiven(conf, 'spark.kubernetes.container.image.pullSecrets', pullSecrets || undefined);
  setUnlessGiven(
    conf,
    'spark.kubernetes.authenticate.driver.serviceAccountName',
    conf.get('spark.kubernetes.authenticate.serviceAccountName') ?? spec.serviceAccount,
  );
  for (const [label, value] of Object.entries(jobLabels(job))) {
    conf.set(`spark.kubernetes.executor.label.${label}`, value);
  }
  trackShuffles(conf);
  return { conf, notes, secrets: takeSecretVariables(conf, job, spec) };
}

/** Kubernetes has no shuffle service: without tracking, an idle executor would take its shuffle files with it. */
function trackShuffles(conf: Map<string, string>): void {
  const isTrue = (key: string): boolean => conf.get(key)?.trim().toLowerCase() === 'true';
  if (isTrue('spark.dynamicAllocation.enabled') && !isTrue('spark.shuffle.service.enabled')) {
    setUnlessGiven(conf, 'spark.dynamicAllocation.shuffleTracking.enabled', 'true');
  }
}

function setUnlessGiven(conf: Map<string, string>, key: string, value: string | undefined): void {
  if (value !== undefined && !conf.has(key)) conf.set(key, value);
}

/** The driver's image. Throws a `SubmitError` (refused) where nobody names one. */
export function driverImage(conf: Settings, fallback?: string): string {
  const image =
    conf.get('spark.kubernetes.driver.container.image') ??
    conf.get('spark.kubernetes.container.image') ??
    fallback;
  if (image !== undefined && image.trim() !== '') return image.trim();
  throw new SubmitError('refused', 'no image is named for the engine', {
    hint: 'Set image in the cluster or in the preset, or spark.kubernetes.container.image.',
  });
}
