import { GatewayError } from '../core/errors.ts';

/**
 * Reads Java's properties syntax as `java.util.Properties.load` does, from text that is already UTF-8: `=`, `:` or blanks
 * as separators, `#` and `!` comments, lines continued by a backslash, `\uXXXX`. The last of several lines for a key
 * counts. As in Kyuubi, values are trimmed.
 */
export function parseProperties(text: string): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of logicalLines(text.replace(/^\ufeff/, ''))) {
    const keyEnd = endOfKey(line);
    const rest = line.slice(keyEnd).replace(/^[ \t\f]*[=:]?[ \t\f]*/, '');
    settings.set(unescape(line.slice(0, keyEnd)).trim(), unescape(rest).trim());
  }
  settings.delete('');
  return settings;
}

/** Lines joined where one ends in an odd number of backslashes, without comments and blank lines. */
function* logicalLines(text: string): Generator<string> {
  let joined: string | undefined;
  for (const natural of text.split(/\r\n|\r|\n/)) {
    const line = natural.replace(/^[ \t\f]+/, '');
    if (joined === undefined && (line === '' || /^[#!]/.test(line))) continue;
    const isContinued = /(?<!\\)(?:\\\\)*\\$/.test(line);
    joined = (joined ?? '') + (isContinued ? line.slice(0, -1) : line);
    if (isContinued) continue;
    if (joined !== '') yield joined;
    joined = undefined;
  }
  if (joined !== undefined && joined !== '') yield joined;
}

function endOfKey(line: string): number {
  let at = 0;
  while (at < line.length && !/[=: \t\f]/.test(line.charAt(at))) {
    at += line.charAt(at) === '\\' ? 2 : 1;
  }
  return Math.min(at, line.length);
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|([^]?))/g, (whole, hex: string, char: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (char === 'u') {
      throw new GatewayError(
        'CONFIG_INVALID',
        `${whole} is not followed by four hexadecimal digits`,
      );
    }
    return escapes[char] ?? char;
  });
}
