import type { JobUsage } from '../job-platform.ts';
import type { Pod } from './cluster-objects.ts';
import { amountOf, mibOf } from './quantities.ts';

interface Share {
  readonly vcpus: number;
  readonly mib: number;
  readonly fromMs: number;
  untilMs: number | undefined;
}

/** What a job's pods have been given: what they ask for, for as long as they had a node. */
export class PodUsage {
  readonly #shares = new Map<string, Share>();

  put(pod: Pod, nowMs: number): void {
    const fromMs = pod.status?.startTime;
    if (fromMs === undefined) return;
    const { uid } = pod.metadata;
    const share = this.#shares.get(uid) ?? { ...requestsOf(pod), fromMs, untilMs: undefined };
    share.untilMs ??= endOf(pod, nowMs);
    this.#shares.set(uid, share);
  }

  end(pod: Pod, nowMs: number): void {
    this.put(pod, nowMs);
    const share = this.#shares.get(pod.metadata.uid);
    if (share !== undefined) share.untilMs ??= nowMs;
  }

  /** Ends what is not there any more. */
  endAllBut(uids: ReadonlySet<string>, nowMs: number): void {
    for (const [uid, share] of this.#shares) {
      if (!uids.has(uid)) share.untilMs ??= nowMs;
    }
  }

  /** Undefined where no pod has had a node yet. */
  total(nowMs: number): JobUsage | undefined {
    if (this.#shares.size === 0) return undefined;
    let vcpuSeconds = 0;
    let memoryMibSeconds = 0;
    for (const { vcpus, mib, fromMs, untilMs } of this.#shares.values()) {
      // The cluster's clock may be ahead of ours.
      const seconds = Math.max(0, (untilMs ?? nowMs) - fromMs) / 1000;
      vcpuSeconds += vcpus * seconds;
      memoryMibSeconds += mib * seconds;
    }
    return { vcpuSeconds, memoryMibSeconds };
  }
}

function requestsOf(pod: Pod): { vcpus: number; mib: number } {
  let vcpus = 0;
  let mib = 0;
  for (const { resources } of pod.spec?.containers ?? []) {
    vcpus += amountOf(resources?.requests?.['cpu']) ?? 0;
    mib += mibOf(resources?.requests?.['memory']) ?? 0;
  }
  return { vcpus, mib };
}

/** When the last container ended, for a pod that is over. */
function endOf(pod: Pod, nowMs: number): number | undefined {
  const phase = pod.status?.phase;
  if (phase !== 'Succeeded' && phase !== 'Failed') return undefined;
  const ends = (pod.status?.containerStatuses ?? []).map(
    ({ state }) => state?.terminated?.finishedAt,
  );
  const known = ends.filter((end) => end !== undefined);
  return known.length === 0 ? nowMs : Math.max(...known);
}
