import { isRecord } from './shape-check.ts';
import { shellWords } from './shell-words.ts';

/** What a request asks spark-submit for. */
export interface SparkRequest {
  readonly entryPoint: string;
  readonly args: readonly string[];
  /** Options before the entry point, in order. */
  readonly options: readonly (readonly [name: string, value?: string])[];
  /** What a spark-defaults classification holds; options win over it. */
  readonly defaults: Readonly<Record<string, string>>;
}

const flags = new Set(['--verbose', '--supervise', '--help', '--version', '--usage-error']);

/** The options of a text of parameters; a word that is none of them ends it with an error. */
export function readParameters(text: string): SparkRequest['options'] {
  return readOptions(shellWords(text)).options;
}

/** A whole command line after `spark-submit`. */
export function readCommandLine(words: readonly string[]): SparkRequest {
  const { options, rest } = readOptions(words, true);
  const [entryPoint = '', ...args] = rest;
  return { entryPoint, args, options, defaults: {} };
}

function readOptions(
  words: readonly string[],
  endsAtWord = false,
): { options: (readonly [string, string?])[]; rest: readonly string[] } {
  const options: (readonly [string, string?])[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (!word.startsWith('-')) {
      if (endsAtWord) return { options, rest: words.slice(at) };
      throw new Error(`Error: unexpected argument ${word}`);
    }
    const joined = /^(--[\w-]+)=(.*)$/s.exec(word);
    if (joined !== null) options.push([joined[1] ?? '', joined[2] ?? '']);
    else if (flags.has(word)) options.push([word]);
    else {
      at += 1;
      const value = words[at];
      if (value === undefined) throw new Error(`Error: missing argument for ${word}`);
      options.push([word, value]);
    }
  }
  return { options, rest: [] };
}

/** All properties of a classification, at any depth, the last one winning. */
export function propertiesOf(
  classification: string,
  configurations: unknown,
): Record<string, string> {
  if (!Array.isArray(configurations)) return {};
  const found: Record<string, string> = {};
  for (const each of configurations.filter(isRecord)) {
    const { properties, configurations: inner } = each;
    if (each['classification'] === classification && isRecord(properties))
      Object.assign(found, properties);
    Object.assign(found, propertiesOf(classification, inner));
  }
  return found;
}

/** The settings that Spark would see. */
export function settingsOf({ defaults, options }: SparkRequest): Record<string, string> {
  const settings: Record<string, string> = { ...defaults };
  for (const [name, value = ''] of options) {
    if (name === '--conf' || name === '-c') {
      const at = value.indexOf('=');
      settings[value.slice(0, at)] = value.slice(at + 1);
    } else if (namedSettings[name] !== undefined) settings[namedSettings[name]] = value;
  }
  return settings;
}

const namedSettings: Readonly<Record<string, string | undefined>> = {
  '--driver-memory': 'spark.driver.memory',
  '--driver-cores': 'spark.driver.cores',
  '--executor-memory': 'spark.executor.memory',
  '--executor-cores': 'spark.executor.cores',
  '--num-executors': 'spark.executor.instances',
  '--name': 'spark.app.name',
};

/** How much of a cluster a job holds while it runs. */
export interface JobSize {
  readonly vCpus: number;
  readonly memoryGb: number;
  readonly diskGb: number;
}

/** Driver and first executors, with the sizes that the service gives where the job names none. */
export function sizeOf(settings: Readonly<Record<string, string>>): JobSize {
  const isDynamic = settings['spark.dynamicAllocation.enabled'] === 'true';
  const wanted =
    settings['spark.executor.instances'] ??
    (isDynamic
      ? (settings['spark.dynamicAllocation.initialExecutors'] ??
        settings['spark.dynamicAllocation.minExecutors'])
      : undefined);
  const executors = Number(wanted ?? 3);
  const driver = Number(settings['spark.driver.cores'] ?? 4);
  const executor = Number(settings['spark.executor.cores'] ?? 4);
  return {
    vCpus: driver + executors * executor,
    memoryGb:
      gigabytes(settings['spark.driver.memory']) +
      executors * gigabytes(settings['spark.executor.memory']),
    diskGb: 20 * (executors + 1),
  };
}

const units: Readonly<Record<string, number>> = { k: 2 ** -20, m: 2 ** -10, g: 1, t: 2 ** 10 };

function gigabytes(text = '14g'): number {
  const [, number = '14', unit = 'g'] = /^(\d+)([kmgt])b?$/i.exec(text.trim()) ?? [];
  return Number(number) * (units[unit.toLowerCase()] ?? 1);
}
