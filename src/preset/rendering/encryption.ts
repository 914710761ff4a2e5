import type { Preset } from '../format/preset-schema.ts';

/** What engines encrypt beside what their storage does: shuffle, spill and cache on local disks, and what goes between them. */
export function encryptionSettings({
  localDisk,
  network,
}: NonNullable<Preset['encryption']>): Map<string, string> {
  const settings = new Map<string, string>();
  if (localDisk !== undefined) settings.set('spark.io.encryption.enabled', String(localDisk));
  if (network !== undefined) {
    settings.set('spark.network.crypto.enabled', String(network));
    if (network) settings.set('spark.authenticate', 'true'); // Spark takes its keys from there
  }
  return settings;
}
