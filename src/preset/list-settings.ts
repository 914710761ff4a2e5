/** How the parts of a list-valued setting are told apart. */
type ListKind = 'commas' | 'class-path' | 'java-options';

const kinds = new Map<string, ListKind>([
  ...[
    'spark.jars',
    'spark.jars.packages',
    'spark.jars.excludes',
    'spark.jars.repositories',
    'spark.files',
    'spark.archives',
    'spark.submit.pyFiles',
    'spark.sql.extensions',
    'spark.sql.queryExecutionListeners',
    'spark.sql.streaming.streamingQueryListeners',
    'spark.extraListeners',
    'spark.plugins',
    'spark.kerberos.access.hadoopFileSystems',
    'spark.kubernetes.container.image.pullSecrets',
    'spark.yarn.dist.archives',
    'spark.yarn.dist.files',
    'spark.yarn.dist.jars',
    'spark.yarn.tags',
  ].map((key) => [key, 'commas'] as const),
  ...['driver', 'executor'].flatMap((side): [string, ListKind][] => [
    [`spark.${side}.extraClassPath`, 'class-path'],
    [`spark.${side}.extraLibraryPath`, 'class-path'],
    [`spark.${side}.extraJavaOptions`, 'java-options'],
    [`spark.${side}.defaultJavaOptions`, 'java-options'],
  ]),
]);

/** Whether values of the key from several sources join instead of one of them holding. */
export function isListSetting(key: string): boolean {
  return kinds.has(key);
}

/**
 * The values as one, in their order and each part once. The stronger a value, the earlier it stands among `values`: a class
 * path and most lists take what they find first. A JVM takes what is said last, so that its options come out in reverse.
 */
export function mergeListSetting(key: string, values: readonly string[]): string {
  switch (kinds.get(key)) {
    case 'java-options':
      return lastOfEach(values.toReversed().flatMap(javaOptions)).join(' ');
    case 'class-path':
      return firstOfEach(values.flatMap((value) => parts(value, ':'))).join(':');
    case 'commas':
    case undefined:
      return firstOfEach(values.flatMap((value) => parts(value, ','))).join(',');
  }
}

function parts(value: string, separator: string): string[] {
  return value
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/**
 * Options with what belongs to them (`--add-opens java.base/java.nio=ALL-UNNAMED` is one): a word that begins without a hyphen
 * belongs to the option before it. Quotes keep blanks together.
 */
function javaOptions(value: string): string[] {
  const options: string[] = [];
  for (const word of value.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []) {
    if (word.startsWith('-') || word.startsWith('@') || options.length === 0) options.push(word);
    else options.push(`${options.pop()} ${word}`);
  }
  return options;
}

function firstOfEach(all: readonly string[]): string[] {
  return [...new Set(all)];
}

function lastOfEach(all: readonly string[]): string[] {
  return firstOfEach(all.toReversed()).toReversed();
}
