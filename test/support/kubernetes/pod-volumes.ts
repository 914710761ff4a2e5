import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentOf } from './object-content.ts';
import type { ObjectStore } from './object-store.ts';
import { fieldValue } from './pod-environment.ts';
import type { DownwardFile, KeyToPath, Pod, Volume } from './pod.ts';
import { claims, configMaps, type ResourceType, secrets } from './resources.ts';

/** A volume that is not there yet, in the kubelet's words. */
export class MountTrouble extends Error {}

type WriteFile = (path: string, content: Buffer | string, mode: number) => void;

/** Fills a folder with what a volume of the pod holds, and gives back the folder. Throws a `MountTrouble`. */
export function makeVolume(
  store: ObjectStore,
  pod: Pod,
  volume: Volume,
  folder: string,
  tokenFor: (account: string) => string,
): string {
  if (volume.hostPath !== undefined) return volume.hostPath.path;
  mkdirSync(folder, { recursive: true });
  const { namespace = '' } = pod.metadata;
  const trouble = (why: string) =>
    new MountTrouble(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`);
  const write: WriteFile = (path, content, mode) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };
  const writeData = (
    resource: ResourceType,
    name: string | undefined,
    source: { items?: KeyToPath[]; optional?: boolean },
    mode: number,
  ) => {
    const found = store.find(resource, namespace, name ?? '');
    if (found === undefined) {
      if (source.optional === true) return;
      throw trouble(`${resource.kind.toLowerCase()} "${name ?? ''}" not found`);
    }
    const content = contentOf(found);
    const items = source.items ?? [...content.keys()].map((key): KeyToPath => ({ key, path: key }));
    for (const item of items) {
      const bytes = content.get(item.key);
      if (bytes === undefined && source.optional === true) continue;
      if (bytes === undefined)
        throw trouble(`references non-existent ${resource.kind.toLowerCase()} key: ${item.key}`);
      write(item.path, bytes, item.mode ?? mode);
    }
  };
  const writeFields = (items: readonly DownwardFile[], mode: number) => {
    for (const { path, fieldRef, mode: own } of items)
      write(path, fieldValue(pod, fieldRef?.fieldPath ?? ''), own ?? mode);
  };
  if (volume.secret !== undefined)
    writeData(secrets, volume.secret.secretName, volume.secret, volume.secret.defaultMode ?? 0o644);
  else if (volume.configMap !== undefined)
    writeData(
      configMaps,
      volume.configMap.name,
      volume.configMap,
      volume.configMap.defaultMode ?? 0o644,
    );
  else if (volume.downwardAPI !== undefined)
    writeFields(volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644);
  else if (volume.projected !== undefined) {
    const mode = volume.projected.defaultMode ?? 0o644;
    for (const part of volume.projected.sources ?? []) {
      if (part.secret !== undefined) writeData(secrets, part.secret.name, part.secret, mode);
      if (part.configMap !== undefined)
        writeData(configMaps, part.configMap.name, part.configMap, mode);
      writeFields(part.downwardAPI?.items ?? [], mode);
      if (part.serviceAccountToken !== undefined)
        write(
          part.serviceAccountToken.path,
          tokenFor(pod.spec.serviceAccountName ?? 'default'),
          mode,
        );
    }
  } else if (volume.persistentVolumeClaim !== undefined) {
    const { claimName } = volume.persistentVolumeClaim;
    if (store.find(claims, namespace, claimName) === undefined)
      throw trouble(`persistentvolumeclaim "${claimName}" not found`);
  } else if (volume.emptyDir === undefined) {
    throw trouble('this cluster has no such kind of volume');
  } else chmodSync(folder, 0o777);
  return folder;
}
