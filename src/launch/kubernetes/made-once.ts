import { type EngineJob, SubmitError } from '../job-platform.ts';
import { fleetLabel, objectName, tagLabel } from './job-labels.ts';
import type { KubeApi, MadeObject, ObjectKind } from './kube-api.ts';
import { KubeError, toKubeError } from './kube-error.ts';
import { submitTrouble } from './submit-trouble.ts';

/**
 * Makes the object by which a job exists, or finds the one that an earlier call with the same tag made. Rejects with a
 * `SubmitError`.
 */
export async function takeOrMake(
  api: KubeApi,
  kind: ObjectKind,
  job: EngineJob,
  make: () => Promise<MadeObject>,
  signal: AbortSignal,
): Promise<{ readonly uid: string; readonly isNew: boolean }> {
  try {
    return { uid: (await make()).uid, isNew: true };
  } catch (thrown) {
    if (!existsAlready(thrown)) throw asSubmitError(thrown, signal);
  }
  const name = objectName(job.tag);
  const found = await api.read(kind, name, signal).catch((thrown: unknown) => {
    throw asSubmitError(thrown, signal, 'unclear');
  });
  if (found.labels[tagLabel] === job.tag && found.labels[fleetLabel] === job.fleet) {
    return { uid: found.uid, isNew: false };
  }
  throw new SubmitError('refused', `there is a ${kind} ${name} that is not ours`);
}

/** Makes what belongs to a job's object, unless an earlier call has made it. Rejects with a `SubmitError`. */
export async function makeOwned(
  api: KubeApi,
  kind: ObjectKind,
  name: string,
  ownerUid: string,
  make: () => Promise<MadeObject>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await make();
    return;
  } catch (thrown) {
    if (!existsAlready(thrown)) throw asSubmitError(thrown, signal);
  }
  try {
    const found = await api.read(kind, name, signal);
    if (found.ownerUids.includes(ownerUid)) return;
    // It belongs to a job of the same name that is gone, and is about to follow it.
    await api.remove(kind, name, signal);
    await make();
  } catch (thrown) {
    throw asSubmitError(thrown, signal, 'unclear');
  }
}

function existsAlready(thrown: unknown): boolean {
  return thrown instanceof KubeError && thrown.status === 409 && thrown.reason === 'AlreadyExists';
}

function asSubmitError(thrown: unknown, signal: AbortSignal, trouble?: 'unclear'): unknown {
  // Called off: nobody waits for an answer.
  if (signal.aborted) return thrown;
  const error = toKubeError(thrown, 'submit');
  return trouble === undefined
    ? submitTrouble(error)
    : new SubmitError(trouble, error.message, { retryAfterMs: error.retryAfterMs, cause: error });
}
