import {
  clientReservedKeys,
  freePrefixes,
  passedKeys,
  reservedKeys,
} from './kyuubi-engine-keys.ts';
import { proxyUserPrefix } from './proxy-user-rules.ts';
import { unusedServerKeys } from './kyuubi-server-keys.ts';
import { entryByKey } from './topics.ts';

/** No key that begins like this may come from a client, unless it is an entry that says otherwise. */
const serverPrefixes = [
  'kyuubi.ha.',
  'kyuubi.server.',
  'kyuubi.frontend.',
  'kyuubi.backend.server.',
  'kyuubi.authentication',
  'kyuubi.metadata.store.',
  'kyuubi.zookeeper.',
  'kyuubi.engine.security.',
  'kyuubi.internal.security.',
  'torii.',
  proxyUserPrefix,
];

/** Kept from engines although not all of them are known by name. */
const keptPrefixes = [
  'kyuubi.server.',
  'kyuubi.frontend.',
  'kyuubi.backend.server.',
  'kyuubi.authentication',
  'kyuubi.metadata.store.',
  'kyuubi.zookeeper.',
  'torii.',
  proxyUserPrefix,
  '___',
  ...['flink', 'hive', 'trino', 'jdbc'].flatMap((kind) => [
    `kyuubi.engine.${kind}.`,
    `kyuubi.session.engine.${kind}.`,
  ]),
  'kyuubi.engine.data.agent.',
  'kyuubi.session.engine.data-agent.',
];

/**
 * The key as Kyuubi and the gateway name it. An engine reads `spark.kyuubi.x` as `kyuubi.x`, so the longer spelling must
 * not get round a rule that is made for the shorter.
 */
export function ownName(key: string): string {
  return /^spark\.(?:kyuubi|torii)\./.test(key) ? key.slice('spark.'.length) : key;
}

export function isKnown(key: string): boolean {
  return (
    entryByKey.has(key) ||
    unusedServerKeys.has(key) ||
    passedKeys.has(key) ||
    reservedKeys.has(key) ||
    startsWithAny(key, freePrefixes)
  );
}

/** Whether a client's value counts. What is not a key of the gateway's or Kyuubi's is free. */
export function mayBeSetByClient(key: string): boolean {
  if (reservedKeys.has(key)) return clientReservedKeys.has(key);
  if (unusedServerKeys.has(key)) return false;
  const entry = entryByKey.get(key);
  return entry === undefined ? !startsWithAny(key, serverPrefixes) : entry.setBy !== 'server';
}

/** Whether an engine is launched with the key (kyuubi-contract 1.2). */
export function reachesEngine(key: string, serverOnlyPrefixes: readonly string[]): boolean {
  if (reservedKeys.has(key) || passedKeys.has(key)) return true;
  if (unusedServerKeys.has(key)) return false;
  const entry = entryByKey.get(key);
  if (entry !== undefined) return entry.reachesEngine;
  return !startsWithAny(key, keptPrefixes) && !startsWithAny(key, serverOnlyPrefixes);
}

/** Whether the key's value must not be seen: an entry that says so, or a key that the operator's pattern finds. */
export function isSecretKey(key: string, pattern: RegExp): boolean {
  return entryByKey.get(ownName(key))?.secret === true || pattern.test(key);
}

function startsWithAny(key: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix));
}
