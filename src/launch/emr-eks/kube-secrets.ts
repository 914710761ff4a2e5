import type { EngineJob } from '../job-platform.ts';
import { SubmitError } from '../job-platform.ts';
import { jobLabels, tagLabel } from '../kubernetes/job-labels.ts';
import type { KubeApi } from '../kubernetes/kube-api.ts';
import { KubeError, toKubeError } from '../kubernetes/kube-error.ts';
import { podSchema } from '../kubernetes/cluster-objects.ts';
import { submitTrouble } from '../kubernetes/submit-trouble.ts';
import type { LaunchTag } from '../launcher.ts';
import { emrFleetLabel, fleetLabelOf } from './pod-labels.ts';

/** A Secret of a launch that nobody has settled. */
export interface LeftSecret {
  readonly name: string;
  readonly tag: LaunchTag;
  readonly createdMs: number;
}

/** Kubernetes takes 1 MiB for a whole secret. */
const maxBytes = 1_000_000;

/** The engines' secrets as Secrets of the namespace: made for one launch, mounted by its driver, deleted when it is over. */
export class KubeSecrets {
  readonly #api: KubeApi;
  readonly #namespace: string;

  constructor(api: KubeApi, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  /** One that is there already is left as it is. Rejects with a `SubmitError`: whatever became of the secret, no job runs. */
  async make(
    job: EngineJob,
    name: string,
    texts: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const data: Record<string, string> = {};
    for (const [key, text] of Object.entries(texts))
      data[key] = Buffer.from(text).toString('base64');
    if (Object.values(data).join('').length > maxBytes) {
      throw new SubmitError('refused', `the engine's secrets have more than ${maxBytes} bytes`, {
        hint: 'Shorten the secret settings.',
      });
    }
    const metadata = { name, namespace: this.#namespace, labels: fleetLabelOf(jobLabels(job)) };
    try {
      await this.#api.createSecret(
        { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data },
        signal,
      );
    } catch (thrown) {
      signal.throwIfAborted();
      const error = toKubeError(thrown, 'make the secret');
      // Its name has the launch tag in it: nobody else made it.
      if (error.status === 409 && error.reason === 'AlreadyExists') return;
      const { trouble, message, hint, retryAfterMs } = submitTrouble(error);
      throw new SubmitError(trouble === 'unclear' ? 'busy' : trouble, message, {
        hint: error.status === 403 ? rbacHint : hint,
        retryAfterMs,
        cause: error,
      });
    }
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#api.remove('secret', name, signal);
    } catch (thrown) {
      if (!(thrown instanceof KubeError) || thrown.status !== 404) throw thrown;
    }
  }

  /** All secrets of the fleet. */
  async left(fleet: string, signal: AbortSignal): Promise<readonly LeftSecret[]> {
    const items = await this.#api.secrets(`${emrFleetLabel}=${fleet}`, signal);
    return items.flatMap((item) => {
      const { metadata } = podSchema.pick({ metadata: true }).parse(item);
      const tag = metadata.labels?.[tagLabel];
      const createdMs = metadata.creationTimestamp;
      if (tag === undefined || createdMs === undefined) return [];
      return [{ name: metadata.name, tag, createdMs }];
    });
  }
}

const rbacHint =
  'Let the gateway create, delete and list secrets in the namespace of the virtual cluster, or leave out kubernetes in the cluster: then Secrets Manager is used.';
