import type { LocalJWKSet } from 'jose';
import type { Log } from '../../telemetry/log.ts';
import { FollowedFile } from '../followed-file.ts';
import { parseKeySet } from './key-source.ts';
import type { KeySource } from './key-source.ts';

/** Keys from a file; throws CONFIG_INVALID where it can't be used. */
export async function openKeyFile(path: string, log: Log): Promise<KeySource> {
  const file: FollowedFile<LocalJWKSet> = await FollowedFile.open({
    path,
    isGuarded: true,
    parse: parseKeySet,
    log,
  });
  return { keyFor: async (header, token) => (await file.current())(header, token) };
}
