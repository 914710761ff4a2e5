import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { driverPod } from './driver-pod.ts';
import { driverService } from './driver-service.ts';
import { driverSettings } from './driver-settings.ts';
import { objectName } from './job-labels.ts';
import type { KubeApi } from './kube-api.ts';
import { makeOwned, takeOrMake } from './made-once.ts';
import { readPodTemplate } from './pod-template.ts';
import { ownedBy, settingsSecret } from './settings-secret.ts';

/**
 * Makes the driver's pod, then what it waits for. The pod comes first and owns the rest: whatever happens in between, nothing is
 * left that nobody owns, and the second call with one tag goes on where the first one ended.
 */
export async function launchPod(
  api: KubeApi,
  job: EngineJob,
  spec: KubernetesSpec,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const template = await readPodTemplate(spec.podTemplate);
  const { conf, notes, secrets } = driverSettings(job, spec);
  const body = driverPod(job, spec, conf, template);
  // What can't be made shall be known before there is a pod.
  const name = objectName(job.tag);
  const trial = { apiVersion: 'v1', kind: 'Pod', name, uid: 'unknown' };
  settingsSecret(job, spec.namespace, conf, ownedBy(trial), secrets);
  for (const note of notes) say(note);

  const pod = await takeOrMake(api, 'pod', job, () => api.createPod(body, signal), signal);
  say(`pod ${spec.namespace}/${name} ${pod.isNew ? 'was made' : 'was there already'}`);
  const owner = ownedBy({ ...trial, uid: pod.uid });
  try {
    const secret = settingsSecret(job, spec.namespace, conf, owner, secrets);
    await makeOwned(api, 'secret', name, pod.uid, () => api.createSecret(secret, signal), signal);
    if (spec.driverService) {
      const service = driverService(job, spec.namespace, conf, owner);
      await makeOwned(
        api,
        'service',
        name,
        pod.uid,
        () => api.createService(service, signal),
        signal,
      );
    }
  } catch (thrown) {
    // Without them, the pod would wait for ever. Where nobody knows whether they were made, the next call tells.
    if (thrown instanceof SubmitError && thrown.trouble !== 'unclear') {
      await api.remove('pod', name, signal).catch(() => undefined);
    }
    throw thrown;
  }
}
