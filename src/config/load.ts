import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { GatewayError, reasonOf } from '../core/errors.ts';
import { frontendEntries } from './entries/frontend.ts';
import type { GatewayConfig, LoadedConfig } from './gateway-config.ts';
import { ownName } from './key-audience.ts';
import { parseProperties } from './properties.ts';
import { refuseWhatIsMissing } from './refusals.ts';
import { readSections, type Surroundings } from './sections.ts';
import { reportKeys } from './unknown-keys.ts';
import { checkUserDefaults, splitUserDefaults } from './user-defaults.ts';

export interface ConfigSources extends Surroundings {
  /** Given by --properties-file. */
  readonly propertiesFile?: string | undefined;
  /** `key=value`, each as it followed a --conf. */
  readonly confArguments?: readonly string[];
}

/** Reads and checks all that the gateway is told; throws CONFIG_INVALID for what is wrong. */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const confDir = confDirOf(sources);
  const file = propertiesFileOf(sources, confDir);
  const inOrder = [
    ...(file === undefined ? [] : readPropertiesFile(file)),
    ...(sources.confArguments ?? []).map(splitArgument),
  ];
  const { settings, userDefaults } = splitUserDefaults(
    new Map(inOrder.map(([key, value]) => [ownName(key), value])),
  );
  refuseWhatIsMissing(settings);
  const { warnings, unused } = reportKeys(settings);
  const config = readSections(settings, sources);
  checkUserDefaults(userDefaults);
  return Object.freeze({
    config,
    settings,
    userDefaults,
    file,
    confDir,
    warnings: [...warnings, ...protocolWarnings(config)],
    unused,
  });
}

/** The settings of one properties file. */
function readPropertiesFile(file: string): Map<string, string> {
  try {
    return parseProperties(readFileSync(file, 'utf8'));
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new GatewayError('CONFIG_INVALID', `cannot read ${file}: ${reason}`, { cause });
  }
}

function confDirOf({ environment, currentDir, propertiesFile }: ConfigSources): string {
  const { KYUUBI_CONF_DIR, KYUUBI_HOME } = environment;
  if (propertiesFile !== undefined) return resolve(currentDir, propertiesFile, '..');
  if (KYUUBI_CONF_DIR) return resolve(currentDir, KYUUBI_CONF_DIR);
  return KYUUBI_HOME ? resolve(currentDir, KYUUBI_HOME, 'conf') : join(currentDir, 'conf');
}

/** A file that was named has to be there; the one that is looked for may be missing. */
function propertiesFileOf(sources: ConfigSources, confDir: string): string | undefined {
  if (sources.propertiesFile !== undefined) {
    return resolve(sources.currentDir, sources.propertiesFile);
  }
  const file = join(confDir, 'kyuubi-defaults.conf');
  return existsSync(file) ? file : undefined;
}

function splitArgument(argument: string): [key: string, value: string] {
  const at = argument.indexOf('=');
  const key = argument.slice(0, Math.max(at, 0)).trim();
  if (key === '') {
    // what stands there may be a secret, so it is not shown
    throw new GatewayError('CONFIG_INVALID', '--conf has to be followed by key=value');
  }
  return [key, argument.slice(at + 1).trim()];
}

function protocolWarnings(config: GatewayConfig): readonly string[] {
  const protocols = config.frontend.protocols.map((name) => name.toUpperCase());
  const key = frontendEntries.protocols.key;
  if (!protocols.includes('THRIFT_BINARY')) {
    throw new GatewayError('CONFIG_INVALID', `${key} has to contain THRIFT_BINARY`);
  }
  return protocols
    .filter((name) => !['THRIFT_BINARY', 'THRIFT_HTTP', 'REST'].includes(name))
    .map((name) => `${key}: this version of the gateway has no ${name}; it is left out`);
}
