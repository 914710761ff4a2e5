import type { KubernetesSpec } from '../../preset/cluster-spec.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { objectName } from './job-labels.ts';
import type { KubeApi } from './kube-api.ts';
import { makeOwned, takeOrMake } from './made-once.ts';
import { readPodTemplate } from './pod-template.ts';
import { ownedBy } from './settings-secret.ts';
import { sparkApplication } from './spark-application.ts';

/** Makes the SparkApplication, then the secret that it owns and that its driver's pod waits for. */
export async function launchApplication(
  api: KubeApi,
  job: EngineJob,
  spec: KubernetesSpec,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const plan = sparkApplication(job, spec, await readPodTemplate(spec.podTemplate));
  const name = objectName(job.tag);
  const kind = { apiVersion: 'sparkoperator.k8s.io/v1beta2', kind: 'SparkApplication', name };
  plan.secret(ownedBy({ ...kind, uid: 'unknown' }));
  for (const note of plan.notes) say(note);

  const make = (): ReturnType<KubeApi['createApplication']> =>
    api.createApplication(plan.application, signal);
  const application = await takeOrMake(api, 'application', job, make, signal);
  const what = application.isNew ? 'was made' : 'was there already';
  say(`SparkApplication ${spec.namespace}/${name} ${what}`);
  try {
    const secret = plan.secret(ownedBy({ ...kind, uid: application.uid }));
    const makeSecret = (): ReturnType<KubeApi['createSecret']> => api.createSecret(secret, signal);
    await makeOwned(api, 'secret', name, application.uid, makeSecret, signal);
  } catch (thrown) {
    if (thrown instanceof SubmitError && thrown.trouble !== 'unclear') {
      await api.remove('application', name, signal).catch(() => undefined);
    }
    throw thrown;
  }
}
