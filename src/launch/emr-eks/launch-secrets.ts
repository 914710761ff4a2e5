import type { Clock } from '../../core/clock.ts';
import type { EmrEksSpec } from '../../preset/cluster-spec.ts';
import { EngineSecrets } from '../aws/engine-secrets.ts';
import { readerPolicy } from '../aws/secret-bundle.ts';
import { secretTrouble } from '../aws/secret-trouble.ts';
import { nameOf } from '../aws/service-errors.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';
import type { RateBuckets } from '../rate-bucket.ts';
import type { HiddenSettings } from './hidden-settings.ts';
import type { KubeSide } from './kube-side.ts';
import { submitTrouble } from './submit-trouble.ts';

export interface LaunchSecretsOptions {
  readonly spec: EmrEksSpec;
  readonly fleet: string;
  readonly buckets: RateBuckets;
  readonly clock: Clock;
  /** Where Secrets are made; undefined: they are in Secrets Manager. */
  readonly kube: KubeSide | undefined;
}

const removeLimitMs = 30_000;

/** The secret of each launch, in the one place or the other, for as long as the launch needs it. */
export class LaunchSecrets {
  readonly #options: LaunchSecretsOptions;
  readonly #manager: EngineSecrets;
  /** Of launches under way. */
  readonly #names = new Map<LaunchTag, string>();
  /** Secrets that are being removed: the end waits for them. */
  readonly #removals = new Set<Promise<unknown>>();

  constructor(options: LaunchSecretsOptions) {
    this.#options = options;
    const { region, endpoint, secretsKmsKey } = options.spec;
    this.#manager = new EngineSecrets({
      ...{ region, endpoint, kmsKey: secretsKmsKey, buckets: options.buckets },
      ...{ cluster: options.spec.name, clock: options.clock },
      policy: readerPolicy,
    });
  }

  /** Launches under way. */
  launches(): readonly LaunchTag[] {
    return [...this.#names.keys()];
  }

  /** Rejects with a `SubmitError`: whatever became of the secret, no job runs. */
  async make(
    job: EngineJob,
    hidden: HiddenSettings,
    roleArn: string,
    signal: AbortSignal,
  ): Promise<void> {
    const name = hidden.kind === 'kubernetes' ? hidden.name : hidden.secret.name;
    this.#names.set(job.tag, name);
    try {
      if (hidden.kind === 'secrets-manager') {
        await this.#manager.make(job, [hidden.secret], roleArn, signal);
        return;
      }
      const { secrets } = await this.#kube().parts(signal);
      await secrets.make(job, name, hidden.texts, signal);
    } catch (thrown) {
      signal.throwIfAborted();
      if (hidden.kind === 'secrets-manager') throw secretTrouble(thrown);
      throw namespaceTrouble(thrown);
    }
  }

  /** In the background: one that stays is found by its name later. */
  remove(tag: LaunchTag): void {
    const name = this.#names.get(tag);
    if (name === undefined) return;
    this.#names.delete(tag);
    const removal = this.#remove(name, AbortSignal.timeout(removeLimitMs)).catch(() => undefined);
    this.#removals.add(removal);
    void removal.then(() => this.#removals.delete(removal));
  }

  /** Those older than `olderMs` (epoch) of launches that are not under way here and whose jobs don't wait for them. */
  async removeLeft(
    olderMs: number,
    isWaiting: (tag: LaunchTag) => boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const { fleet, kube } = this.#options;
    const left =
      kube === undefined
        ? this.#manager.left(fleet, signal)
        : await (await kube.parts(signal)).secrets.left(fleet, signal);
    for await (const { name, tag, createdMs } of left) {
      if (createdMs > olderMs || this.#names.has(tag) || isWaiting(tag)) continue;
      await this.#remove(name, signal);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#removals);
    this.#manager.destroy();
  }

  async #remove(name: string, signal: AbortSignal): Promise<void> {
    if (this.#options.kube === undefined) await this.#manager.remove(name, signal);
    else await (await this.#kube().parts(signal)).secrets.remove(name, signal);
  }

  #kube(): KubeSide {
    const { kube } = this.#options;
    if (kube === undefined) throw new Error('no Kubernetes is configured');
    return kube;
  }
}

/** Where EMR does not tell the namespace, no secret was made, and no job runs. */
function namespaceTrouble(thrown: unknown): SubmitError {
  if (thrown instanceof SubmitError) return thrown;
  const why = submitTrouble('the namespace of the virtual cluster', thrown);
  const isDenied = nameOf(thrown) === 'AccessDeniedException';
  const hint = isDenied ? namespaceHint : why.hint;
  return new SubmitError(why.trouble === 'unclear' ? 'busy' : why.trouble, why.message, {
    ...{ hint, retryAfterMs: why.retryAfterMs, cause: thrown },
  });
}

const namespaceHint =
  'The gateway needs emr-containers:DescribeVirtualCluster, or namespace in kubernetes of the cluster.';
