import type { Settings } from '../config/entry.ts';
import { isSecretKey } from '../config/key-audience.ts';
import { variablePrefix } from './child-environment.ts';
import { sparkKey } from './engine-conf.ts';
import { propertiesText } from './properties-text.ts';

/** What is secret whatever the operator's pattern says. */
const defaultSecretKeys = /secret|password|token|access[.]key|digest|credential/i;

/** The engine's own key, as its settings name it. */
export const engineKeySetting = 'spark.torii.engine.key';

/** Linux takes no single argument of 128 KiB. */
const maxArgumentBytes = 100_000;

export interface PlacedSettings {
  /** `--conf`, `key=value`, ... */
  readonly args: readonly string[];
  /** Text of a `--properties-file` that only its owner may read. */
  readonly propertiesFile: string;
}

/**
 * Secrets go into a file, all else on the command line, where an operator sees it. The file takes the place of the site's
 * spark-defaults.conf, so it begins with what stands there.
 */
export function placeSettings(
  conf: Settings,
  siteDefaults: Settings,
  engineKey: string,
  isSecret: (key: string) => boolean,
): PlacedSettings {
  const file = new Map(siteDefaults);
  const args: string[] = [];
  for (const [key, value] of conf) {
    if (belongsInFile(key, value, isSecret)) file.set(key, value);
    else args.push('--conf', `${key}=${value}`);
  }
  file.set(engineKeySetting, engineKey);
  return { args, propertiesFile: propertiesText(file) };
}

/** Spark's settings for variables of a driver or an executor, each in its kind of cluster. */
const sparkVariable =
  /^spark\.(?:yarn\.appMasterEnv|kubernetes\.driverEnv|emr-serverless\.driverEnv|executorEnv)\./;

/**
 * Which of a launch's settings are secret, under either name: by the operator's pattern, or because `also` names them. A
 * variable that a secret setting brings is secret, whatever it is called, as a variable and as a setting of Spark's.
 */
export function secretSettings(
  secretKeys: RegExp,
  also: ReadonlySet<string> = new Set(),
): (key: string) => boolean {
  const named = new Set([...also].flatMap((key) => [key, sparkKey(key), variableOf(key) ?? key]));
  return (key) =>
    key === engineKeySetting ||
    named.has(key.replace(sparkVariable, '')) ||
    named.has(key) ||
    defaultSecretKeys.test(key) ||
    isSecretKey(key, secretKeys);
}

function variableOf(key: string): string | undefined {
  return key.startsWith(variablePrefix) ? key.slice(variablePrefix.length) : undefined;
}

function belongsInFile(key: string, value: string, isSecret: (key: string) => boolean): boolean {
  if (isSecret(key)) return true;
  // spark-class takes carriage returns out of arguments.
  return /[\r\n]/.test(value) || Buffer.byteLength(key + value) > maxArgumentBytes;
}
