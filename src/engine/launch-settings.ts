import { createHmac } from 'node:crypto';

/** One setting that a session asked for and its running engine was not started with. */
export interface SettingDifference {
  readonly key: string;
  readonly asked: string;
  /** Undefined where the engine was started without the key. */
  readonly running: string | undefined;
}

/** Whether a key has its effect only when an engine is launched: a session can't change it on a running one. */
function isLaunchSetting(key: string): boolean {
  if (launchOnlySqlKeys.has(key)) return true;
  if (key.startsWith('spark.sql.')) return false;
  return (
    key.startsWith('spark.') || key.startsWith('hadoop.') || key.startsWith('kyuubi.engineEnv.')
  );
}

/** The launch settings among those that a launch was given, secret values as digests, to be kept beside the launch intent. */
export function launchSettings(
  conf: ReadonlyMap<string, string>,
  isSecret: (key: string) => boolean,
): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [key, value] of conf) {
    if (isLaunchSetting(key)) settings[key] = isSecret(key) ? digest(value) : value;
  }
  return settings;
}

/** Key by key, what a session asked for and the running engine has not. Secret values are compared, never shown. */
export function settingDifferences(
  asked: ReadonlyMap<string, string>,
  running: Readonly<Record<string, string>>,
  isSecret: (key: string) => boolean,
): SettingDifference[] {
  const differences: SettingDifference[] = [];
  for (const [key, value] of asked) {
    if (!isLaunchSetting(key)) continue;
    const secret = isSecret(key);
    const has = running[key];
    if (has === (secret ? digest(value) : value)) continue;
    differences.push({
      key,
      asked: secret ? '(secret)' : value,
      running: has === undefined ? undefined : secret ? '(another secret)' : has,
    });
  }
  return differences;
}

/** Static SQL settings: Spark reads them when its first session is made. */
const launchOnlySqlKeys: ReadonlySet<string> = new Set([
  'spark.sql.extensions',
  'spark.sql.warehouse.dir',
  'spark.sql.catalogImplementation',
  'spark.sql.queryExecutionListeners',
  'spark.sql.streaming.streamingQueryListeners',
  'spark.sql.cache.serializer',
  'spark.sql.hive.metastore.version',
  'spark.sql.hive.metastore.jars',
  'spark.sql.hive.metastore.sharedPrefixes',
  'spark.sql.globalTempDatabase',
]);

function digest(value: string): string {
  return `hmac:${createHmac('sha256', 'torii launch setting').update(value).digest('hex').slice(0, 16)}`;
}
