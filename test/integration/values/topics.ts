import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('./statements/', import.meta.url);

/** The statements of one topic, in the order in which they build on each other. */
export interface Topic {
  readonly name: string;
  readonly statements: readonly string[];
}

export function readTopics(): Topic[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.sql'.length),
      statements: splitStatements(readFileSync(fileURLToPath(new URL(file, folder)), 'utf8')),
    }));
}

/** A statement ends with a semicolon at the end of a line; a line that begins with -- is a remark. */
function splitStatements(text: string): string[] {
  const kept = text.split('\n').filter((line) => !line.startsWith('--'));
  return kept
    .join('\n')
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
