import {
  appendFileSync,
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import { mark, needlesOf } from './secrets.ts';
import type { Needle } from './secrets.ts';

/** A secret that turned up where none belongs. */
export interface Leak {
  /** File, stream or process. */
  readonly where: string;
  /** From 1. */
  readonly line: number;
  readonly form: Needle['form'];
}

/** Names the file to which leaks are written; whoever started the tests reads it at their end. */
export const leakFileVariable = 'TORII_TEST_LEAKS';

const chunkBytes = 8 * 1024 * 1024;

/** Looks for every secret made by `newSecret`, and for the values that it is told. */
export class SecretSearch {
  readonly #needles: readonly (Needle & { readonly bytes: Buffer })[];
  readonly #overlap: number;

  /** `values`: secrets that no test made up, such as a gateway's own. */
  constructor(values: readonly string[] = []) {
    const needles = [mark, ...values].flatMap((value) => needlesOf(value));
    this.#needles = needles.map((needle) => ({ ...needle, bytes: Buffer.from(needle.text) }));
    this.#overlap = Math.max(...this.#needles.map(({ bytes }) => bytes.length)) - 1;
  }

  /** The first place of each form. */
  inText(where: string, text: string): readonly Leak[] {
    return this.#inBytes(where, Buffer.from(text, 'utf8'), 1);
  }

  inFile(path: string): readonly Leak[] {
    const leaks: Leak[] = [];
    const file = openSync(path, 'r');
    try {
      const chunk = Buffer.alloc(chunkBytes + this.#overlap);
      let kept = 0;
      let line = 1;
      for (;;) {
        const read = readSync(file, chunk, kept, chunkBytes, null);
        if (read === 0) return leaks;
        const bytes = chunk.subarray(0, kept + read);
        leaks.push(...this.#inBytes(path, bytes, line));
        kept = Math.min(this.#overlap, bytes.length);
        line += countLines(bytes.subarray(0, bytes.length - kept));
        chunk.copyWithin(0, bytes.length - kept, bytes.length);
      }
    } finally {
      closeSync(file);
    }
  }

  #inBytes(where: string, bytes: Buffer, firstLine: number): readonly Leak[] {
    return this.#needles.flatMap(({ bytes: wanted, form }) => {
      const at = bytes.indexOf(wanted);
      if (at < 0) return [];
      return [{ where, line: firstLine + countLines(bytes.subarray(0, at)), form }];
    });
  }
}

/** All files below the folder. */
export function filesBelow(dir: string): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => lstatSync(path).isFile());
}

/** Secrets that this process has met, and that no test made up. */
const met = new Set<string>();
let search = new SecretSearch();

/** For what a gateway has given out, such as a login's cookie: it is looked for from now on. */
export function rememberSecret(value: string): void {
  if (value === '' || met.has(value)) return;
  met.add(value);
  search = new SecretSearch([...met]);
}

/** All that `rememberSecret` was told in this process. */
export function rememberedSecrets(): readonly string[] {
  return [...met];
}

/** Throws where the file, which is there or not, holds a secret. */
export function requireCleanFile(path: string): void {
  if (existsSync(path)) requireNoLeaks(search.inFile(path));
}

/** Leaks, for people. The secrets are not in it. */
export function tellLeaks(leaks: readonly Leak[]): string {
  const lines = leaks.map(({ where, line, form }) => `${where}:${line} (${form})`);
  return `secrets turned up in\n${[...new Set(lines)].join('\n')}`;
}

/** Makes the run of all tests fail at its end, if nothing does before. */
function recordLeaks(leaks: readonly Leak[]): void {
  const file = process.env[leakFileVariable];
  if (file === undefined || leaks.length === 0) return;
  appendFileSync(file, leaks.map((leak) => `${JSON.stringify(leak)}\n`).join(''));
}

/** For tests of the search itself: what is found meanwhile is not recorded for the end of the run. */
export async function meantToLeak<T>(work: () => T | Promise<T>): Promise<T> {
  const file = process.env[leakFileVariable];
  delete process.env[leakFileVariable];
  try {
    return await work();
  } finally {
    if (file !== undefined) process.env[leakFileVariable] = file;
  }
}

/** Records what it finds and throws. */
export function requireNoLeaks(leaks: readonly Leak[]): void {
  recordLeaks(leaks);
  if (leaks.length > 0) throw new Error(tellLeaks(leaks));
}

/** For what nobody waits for, such as the output of a process that has ended: only recorded. */
export function watchOutput(where: string, text: string): void {
  recordLeaks(search.inText(where, text));
}

/** The text, which a client was told; throws where it holds a secret. */
export function toldToClient(text: string): string {
  requireNoLeaks(search.inText('what a client was told', text));
  return text;
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines += 1;
  return lines;
}
