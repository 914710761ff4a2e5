import type { V1OwnerReference, V1Secret } from '@kubernetes/client-node';
import type { Settings } from '../../config/entry.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';
import { propertiesText } from '../properties-text.ts';
import { engineKeySetting } from '../setting-places.ts';
import { jobLabels, objectName } from './job-labels.ts';

/** Where the driver finds what only it may read. */
export const settingsDir = '/etc/torii';
export const propertiesFile = 'spark.properties';

/** Kubernetes takes 1 MiB for a whole secret. */
const maxBytes = 1_000_000;

/**
 * The driver's settings and the engine's key, and other texts by their names. It goes when its owner goes. Throws a `SubmitError` (refused) for more than a secret
 * can hold.
 */
export function settingsSecret(
  job: EngineJob,
  namespace: string,
  settings: Settings,
  owner: V1OwnerReference,
  more: Readonly<Record<string, string>> = {},
): V1Secret {
  const text = propertiesText(new Map([...settings, [engineKeySetting, job.engineKey]]));
  if (Buffer.byteLength(text) > maxBytes) {
    throw new SubmitError('refused', `the engine's settings have more than ${maxBytes} bytes`);
  }
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: objectName(job.tag),
      namespace,
      labels: jobLabels(job),
      ownerReferences: [owner],
    },
    type: 'Opaque',
    data: { [propertiesFile]: base64(text), ...mapped(more) },
  };
}

function mapped(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, base64(text)]));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** What belongs to an object goes with it. */
export function ownedBy(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}): V1OwnerReference {
  const { apiVersion, kind, name, uid } = object;
  return { apiVersion, kind, name, uid, controller: false, blockOwnerDeletion: false };
}
