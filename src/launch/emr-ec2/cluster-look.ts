import type { Cluster } from '@aws-sdk/client-emr';
import type { Clock } from '../../core/clock.ts';
import {
  mismatchHint,
  releaseMismatch,
  releaseNotes,
  releaseProblem,
} from '../../preset/emr-releases.ts';
import { nameOf } from '../aws/service-errors.ts';
import { SubmitError } from '../job-platform.ts';
import type { EmrApi } from './emr-api.ts';

/** What is read of a cluster's description. */
export interface ClusterFacts {
  readonly id: string;
  readonly state: string;
  /** Why it is in its state, in EMR's words; empty where EMR does not say. */
  readonly why: string;
  readonly releaseLabel: string;
  /** Folder of the cluster's logs in S3, without a slash at the end. */
  readonly logFolder: string | undefined;
  readonly masterDnsName: string | undefined;
}

/** So long a description holds; a launch that waits for a cluster to start looks more often. */
const knownForMs = 30_000;
const startingLookMs = 5_000;
const answerLimitMs = 30_000;

/** What EMR says of a cluster: one question for all who ask within a while. */
export class ClusterLook {
  readonly #options: { readonly id: string; readonly api: EmrApi; readonly clock: Clock };
  #known: { readonly atMs: number; readonly answer: Promise<ClusterFacts | undefined> } | undefined;

  /** What EMR has said last. */
  #last: ClusterFacts | undefined;

  constructor(options: { readonly id: string; readonly api: EmrApi; readonly clock: Clock }) {
    this.#options = options;
  }

  get last(): ClusterFacts | undefined {
    return this.#last;
  }

  /** Undefined where the gateway may not ask. Rejects when EMR does not answer, with the SDK's error. */
  async look(signal: AbortSignal): Promise<ClusterFacts | undefined> {
    const { clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const known = this.#known;
    if (known !== undefined) {
      const facts = await known.answer.catch(() => 'failed' as const);
      const isStarting = typeof facts === 'object' && isStartingState(facts.state);
      const holdsMs = isStarting ? startingLookMs : knownForMs;
      if (facts !== 'failed' && nowMs - known.atMs < holdsMs) return facts;
    }
    signal.throwIfAborted();
    if (this.#known !== known && this.#known !== undefined) return this.#known.answer; // somebody asked meanwhile
    // Not the caller's own signal: others wait for the answer, too.
    const answer = this.#ask(AbortSignal.timeout(answerLimitMs));
    answer.catch(() => undefined); // told to those who wait for it
    this.#known = { atMs: nowMs, answer };
    return answer;
  }

  /** The next question is put to EMR. */
  forget(): void {
    this.#known = undefined;
  }

  async #ask(signal: AbortSignal): Promise<ClusterFacts | undefined> {
    const { api, id } = this.#options;
    try {
      this.#last = factsOf(id, await api.cluster(id, signal));
      return this.#last;
    } catch (thrown) {
      if (nameOf(thrown) === 'AccessDeniedException') return undefined;
      throw thrown;
    }
  }
}

export function hasClusterEnded(state: string): boolean {
  return state.startsWith('TERMINAT');
}

/** How a cluster that has ended, or is about to, is told of. */
export function endedCluster({ id, state, why }: ClusterFacts): string {
  return `cluster ${id} is ${state}${why === '' ? '' : `: ${why}`}`;
}

/**
 * What there is to say of a cluster that takes steps, for an engine whose settings are for the release `expected`. Throws a `SubmitError` for one that does not: `busy` while it starts,
 * `refused` when it has ended or has no fitting Spark.
 */
export function checkCluster(facts: ClusterFacts, expected?: string): readonly string[] {
  const { id, state, releaseLabel } = facts;
  if (hasClusterEnded(state)) {
    throw new SubmitError('refused', endedCluster(facts), {
      hint: 'Name another cluster of EMR (j-...) in cluster of the cluster file.',
    });
  }
  const problem = releaseProblem(releaseLabel);
  if (problem !== undefined) {
    throw new SubmitError('refused', `cluster ${id}: ${problem}`, {
      hint: 'Make a cluster of a later release.',
    });
  }
  const mismatch = releaseMismatch(expected, releaseLabel, `cluster ${id}`);
  if (mismatch !== undefined) throw new SubmitError('refused', mismatch, { hint: mismatchHint });
  if (isStartingState(state)) {
    throw new SubmitError('busy', `cluster ${id} is ${state}, which takes some minutes`, {
      retryAfterMs: startingLookMs,
    });
  }
  return releaseNotes(releaseLabel, expected);
}

function isStartingState(state: string): boolean {
  return state === 'STARTING' || state === 'BOOTSTRAPPING';
}

function factsOf(id: string, cluster: Cluster): ClusterFacts {
  const { Status: status, LogUri: logUri, MasterPublicDnsName: masterDnsName } = cluster;
  const { Code: code, Message: message } = status?.StateChangeReason ?? {};
  return {
    id,
    state: status?.State ?? '',
    why: message?.trim() ?? code ?? '',
    releaseLabel: cluster.ReleaseLabel ?? '',
    // EMR names it with the scheme of its older file system.
    logFolder:
      logUri === undefined ? undefined : logUri.replace(/^s3[na]:/, 's3:').replace(/\/+$/, ''),
    masterDnsName: masterDnsName === '' ? undefined : masterDnsName,
  };
}
