import type { Settings } from '../config/entry.ts';
import { ownName, reachesEngine } from '../config/key-audience.ts';
import { entryByKey } from '../config/topics.ts';
import { GatewayError } from '../core/errors.ts';

/** Default of `kyuubi.config.server.only.prefixes`. */
const defaultServerOnlyPrefixes: readonly string[] = [
  'kyuubi.backend.server.event.kafka.',
  'kyuubi.metadata.store.jdbc.datasource.',
];

/** The settings that an engine may see, under the names that spark-submit takes (kyuubi-contract 1.2). */
export function engineConf(
  settings: Settings,
  serverOnlyPrefixes: readonly string[] = defaultServerOnlyPrefixes,
): Map<string, string> {
  const conf = new Map<string, string>();
  const spelledOut = new Map<string, string>();
  for (const [rawKey, rawValue] of settings) {
    const key = rawKey.trim();
    checkSetting(key, rawValue);
    if (!passes(ownName(key), serverOnlyPrefixes)) continue;
    // `spark.kyuubi.x` is only another spelling: the value of `kyuubi.x`, which the server may have set, counts.
    (ownName(key) === key ? conf : spelledOut).set(sparkKey(key), rawValue.trim());
  }
  return new Map([...spelledOut, ...conf]);
}

/** What an engine reads back as `kyuubi.x` is `spark.kyuubi.x` on its way; Hadoop's keys get a prefix, too. */
export function sparkKey(key: string): string {
  if (key.startsWith('spark.')) return key;
  return key.startsWith('hadoop.') ? `spark.hadoop.${key}` : `spark.${key}`;
}

function passes(key: string, serverOnlyPrefixes: readonly string[]): boolean {
  // Its variables reach the engine as its environment and have no business on a command line.
  if (key.startsWith('kyuubi.engineEnv.')) return false;
  // Only the gateway's own code makes such keys: one that nobody declared stops the gateway's start.
  if (key.startsWith('torii.engine.') && !entryByKey.has(key)) return true;
  return reachesEngine(key, serverOnlyPrefixes);
}

function checkSetting(key: string, value: string): void {
  if (key === '' || /[\u0000-\u001f\u007f=]/.test(key)) {
    const shown = JSON.stringify(key.slice(0, 80));
    throw new GatewayError('INVALID_ARGUMENT', `${shown} can't be the name of an engine's setting`);
  }
  if (value.includes('\0')) {
    throw new GatewayError('INVALID_ARGUMENT', `the value of ${key} has a NUL character in it`);
  }
}
