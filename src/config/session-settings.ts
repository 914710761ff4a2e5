import { GatewayError } from '../core/errors.ts';
import { normaliseClientKeys, type ClientKeyRules, type ClientLayer } from './client-keys.ts';
import { readEntry, type Settings } from './entry.ts';
import { sessionEntries } from './entries/session.ts';
import type { LoadedConfig } from './gateway-config.ts';
import { reachesEngine } from './key-audience.ts';

/** What holds for every session: taken from `LoadedConfig`. */
export interface SessionDefaults {
  readonly settings: Settings;
  readonly userDefaults: ReadonlyMap<string, Settings>;
  readonly rules: SessionRules;
}

export interface SessionRules extends ClientKeyRules {
  readonly confMaxEntries: number;
  readonly confMaxBytes: number;
  readonly serverOnlyPrefixes: readonly string[];
}

export interface SessionSettings {
  /** For OpenSession to the engine: client and advisor, without `use:` keys, which the caller adds from the fields below. */
  readonly engineSessionConf: Map<string, string>;
  /** For launching the engine: all layers, without what engines must not see or what is this session's alone. */
  readonly launchConf: ReadonlyMap<string, string>;
  /** All layers merged, for `readEntry` and `readSection` of entries that a session may set. */
  readonly settings: ReadonlyMap<string, string>;
  /** Keys of `settings` that client, user's defaults or advisor say, as opposed to the gateway's own defaults. */
  readonly ownKeys: ReadonlySet<string>;
  /** Keys of `settings` whose values are the client's own. */
  readonly clientKeys: ReadonlySet<string>;
  readonly database: string | undefined;
  readonly catalog: string | undefined;
  /** Whom the client asks to be: to be checked before anything is done in that name. */
  readonly proxyUser: string | undefined;
  /** Rows per fetch that the client asked for. */
  readonly fetchRows: number | undefined;
  /** Keys that the client sent in vain. */
  readonly dropped: readonly string[];
}

const fetchSizeKey = 'hive.server2.thrift.resultset.default.fetch.size';

/** One session's own: the next one on the same engine has others. */
const sessionOnlyKeys: ReadonlySet<string> = new Set([
  fetchSizeKey,
  'kyuubi.client.ipAddress',
  'kyuubi.client.version',
  'kyuubi.session.name',
  'kyuubi.session.proxy.user',
  'hive.server2.proxy.user',
  'kyuubi.session.close.on.disconnect',
]);

export function sessionDefaultsOf(loaded: LoadedConfig): SessionDefaults {
  const { session, server } = loaded.config;
  const { settings, userDefaults } = loaded;
  const { restrictList, ignoreList, confMaxEntries, confMaxBytes } = session;
  const { serverOnlyPrefixes } = server;
  const rules = { restrictList, ignoreList, confMaxEntries, confMaxBytes, serverOnlyPrefixes };
  return { settings, userDefaults, rules };
}

/** First step: what the client sent, checked and normalised. It names the user whose defaults and profiles hold. */
export function readClientSettings(sent: Settings, rules: SessionRules): ClientLayer {
  refuseTooMuch(sent, rules);
  return normaliseClientKeys(sent, rules);
}

/** Profiles whose files make up the advisor's layer, to be read between the two steps; none where no advisor is set. */
export function profilesOf(
  client: ClientLayer,
  user: string,
  defaults: SessionDefaults,
): readonly string[] {
  if (readEntry(sessionEntries.advisor, defaults.settings) === undefined) return [];
  return readEntry(sessionEntries.profiles, mergeBelow(client, user, defaults));
}

/** Second step: server defaults, below the user's, below the client's, below the advisor's (kyuubi-contract 6.2). */
export function mergeSessionSettings(
  client: ClientLayer,
  user: string,
  advisor: Settings,
  defaults: SessionDefaults,
): SessionSettings {
  const settings = new Map([...mergeBelow(client, user, defaults), ...advisor]);
  const isForEngine = (key: string): boolean =>
    reachesEngine(key, defaults.rules.serverOnlyPrefixes);
  const engineSessionConf = new Map(
    [...client.settings, ...advisor].filter(([key]) => isForEngine(key)),
  );
  const launchConf = new Map(
    [...settings].filter(([key]) => isForEngine(key) && !sessionOnlyKeys.has(key)),
  );
  return {
    engineSessionConf,
    launchConf,
    settings,
    ownKeys: new Set([
      ...(defaults.userDefaults.get(user)?.keys() ?? []),
      ...client.settings.keys(),
      ...advisor.keys(),
    ]),
    clientKeys: new Set([...client.settings.keys()].filter((key) => !advisor.has(key))),
    database: client.database,
    catalog: client.catalog,
    proxyUser: client.proxyUser,
    fetchRows: fetchRowsOf(client),
    dropped: client.dropped,
  };
}

function mergeBelow(client: ClientLayer, user: string, defaults: SessionDefaults): Settings {
  return new Map([
    ...defaults.settings,
    ...(defaults.userDefaults.get(user) ?? []),
    ...client.settings,
  ]);
}

/** A hint from a driver, so what can't be read is no error. */
function fetchRowsOf(client: ClientLayer): number | undefined {
  const text = client.settings.get(fetchSizeKey) ?? client.settings.get(`hiveconf:${fetchSizeKey}`);
  const rows = /^\d{1,9}$/.test(text ?? '') ? Number(text) : 0;
  return rows > 0 ? rows : undefined;
}

function refuseTooMuch(sent: Settings, rules: SessionRules): void {
  if (sent.size > rules.confMaxEntries) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `a session may be opened with ${rules.confMaxEntries} settings, and ${sent.size} were sent`,
    );
  }
  let bytes = 0;
  for (const [key, value] of sent) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes <= rules.confMaxBytes) return;
  throw new GatewayError(
    'CONFIG_INVALID',
    `the settings of a session may have ${rules.confMaxBytes} bytes, and ${bytes} were sent`,
  );
}
