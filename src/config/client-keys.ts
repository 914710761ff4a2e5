import { GatewayError } from '../core/errors.ts';
import type { Settings } from './entry.ts';
import { mayBeSetByClient, ownName } from './key-audience.ts';

/** How the operator limits what clients may send; entries are keys or `prefix.*`. */
export interface ClientKeyRules {
  readonly restrictList: readonly string[];
  readonly ignoreList: readonly string[];
}

export interface ClientLayer {
  /** What counts, by its normalised key. */
  readonly settings: Map<string, string>;
  readonly database: string | undefined;
  readonly catalog: string | undefined;
  readonly proxyUser: string | undefined;
  /** Keys, as they were sent, that do not count. */
  readonly dropped: readonly string[];
}

const proxyUserKeys = ['kyuubi.session.proxy.user', 'hive.server2.proxy.user'];

/**
 * What a client sent with OpenSession, by the rules of kyuubi-contract 6.1. Throws CONFIG_RESTRICTED for what the operator
 * or the protocol forbids; a key that nobody knows never fails.
 */
export function normaliseClientKeys(sent: Settings, rules: ClientKeyRules): ClientLayer {
  const settings = new Map<string, string>();
  const taken = new Map<string, string>();
  const dropped: string[] = [];
  for (const [sentKey, value] of sent) {
    const bare = withoutNamespace(sentKey);
    const key = ownName(bare);
    const names = [key, bare, sentKey.trim()];
    if (names.some((name) => matches(name, rules.restrictList))) {
      throw new GatewayError('CONFIG_RESTRICTED', `${key} is in the restrict list`, {
        hint: 'Open the session without it, or ask the administrator.',
      });
    }
    if (key.startsWith('use:') || proxyUserKeys.includes(key)) {
      taken.set(key, value.trim());
      if (key.startsWith('use:') && !/^use:(?:database|catalog)$/.test(key)) dropped.push(sentKey);
    } else if (
      names.some((name) => matches(name, rules.ignoreList)) ||
      !mayBeSetByClient(key) ||
      !isPassable(key, value)
    ) {
      dropped.push(sentKey);
    } else {
      settings.set(key, value);
    }
  }
  const named = (key: string): string | undefined => taken.get(key) || undefined;
  return {
    settings,
    database: named('use:database'),
    catalog: named('use:catalog'),
    proxyUser: proxyUserKeys.map(named).find((user) => user !== undefined),
    dropped,
  };
}

function withoutNamespace(sentKey: string): string {
  const key = sentKey.trim();
  if (key.startsWith('set:env:')) {
    throw new GatewayError('CONFIG_RESTRICTED', `${key}: environment variables can't be set`);
  }
  return key.replace(/^set:(?:(?:system|hiveconf|hivevar|metaconf):)?/, '').trim();
}

function matches(key: string, rules: readonly string[]): boolean {
  return rules.some((rule) =>
    rule.endsWith('.*') ? key.startsWith(rule.slice(0, -1)) : key === rule,
  );
}

/**
 * A key with `=` or a blank in it would become another key on the engine's command line (`--conf a=b=c`) or in a
 * properties file, past every rule above; and no process can be given a NUL.
 */
function isPassable(key: string, value: string): boolean {
  return key !== '' && !/[=\s\p{Cc}]/u.test(key) && !value.includes('\0');
}
