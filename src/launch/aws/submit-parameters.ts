import type { Settings } from '../../config/entry.ts';

/** Settings as `--conf` arguments of one text, to be split into words by a shell's rules. */
export function submitParameters(mainClass: string, settings: Settings): string {
  const words = ['--class', mainClass];
  for (const [key, value] of settings) words.push('--conf', `${key}=${value}`);
  return words.map(quotedWord).join(' ');
}

/** Whether the word means itself, so that no reader's idea of quotes matters. */
export function isPlainWord(word: string): boolean {
  return /^[\w@%+=:,./-]+$/.test(word);
}

/**
 * A word that a reader with a shell's rules takes as it is. Quotes and backslashes differ from reader to reader: a backslash
 * within single quotes is itself for a shell and an escape for Spark, and one before `$` in double quotes the other way round.
 * So single quotes hold all but single quotes and backslashes, and double quotes hold these alone.
 */
export function quotedWord(word: string): string {
  if (isPlainWord(word)) return word;
  const parts = word.match(/[^'\\]+|['\\]+/g) ?? [''];
  return parts
    .map((part) => (/['\\]/.test(part) ? `"${part.replaceAll('\\', '\\\\')}"` : `'${part}'`))
    .join('');
}
