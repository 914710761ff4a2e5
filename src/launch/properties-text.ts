import type { Settings } from '../config/entry.ts';

/** Settings in Java's properties syntax, in pure ASCII: it reads the same whatever encoding the reader assumes. */
export function propertiesText(settings: Settings): string {
  return [...settings].map(([key, value]) => `${escapeKey(key)}=${escapeValue(value)}\n`).join('');
}

function escapeKey(key: string): string {
  return escapeValue(key).replace(/[=:#! ]/g, (char) => `\\${char}`);
}

function escapeValue(value: string): string {
  return value.replace(/^[ ]|[^\u0020-\u007e]|\\/g, (char) => named[char] ?? unicode(char));
}

const named: Readonly<Record<string, string>> = {
  ' ': '\\ ',
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '\f': '\\f',
};

function unicode(codeUnit: string): string {
  return `\\u${codeUnit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
