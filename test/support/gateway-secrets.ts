import { createDecipheriv } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { engineKey } from '../../src/engine/engine-token.ts';
import { filesBelow, rememberedSecrets, requireNoLeaks, SecretSearch } from './secret-search.ts';
import type { Leak } from './secret-search.ts';
import { processesNaming } from './processes.ts';

/** Where one gateway leaves traces. */
export interface GatewayTraces {
  /** Its folder, whose path stands in the command line of all that it starts. */
  readonly dir: string;
  readonly masterSecretFile: string;
  /** Files outside of the folder, as far as they are there. */
  readonly otherFiles: readonly string[];
  /** All that it has written to its streams so far. */
  readonly output: () => string;
}

const sampleEveryMs = 2000;
/** AES of 256 bits (kyuubi-contract 7.8): its key, its blocks. */
const tokenKeyChars = 32;
const ivBytes = 16;
const longestLogBytes = 64 * 1024 * 1024;

/**
 * Looks for secrets in all that a gateway leaves behind: those of tests, and its own, which are the master secret, the keys of
 * its engines and the tokens that it made for them.
 */
export class GatewayWatch {
  readonly #traces: GatewayTraces;
  readonly #commandLines = new Set<string>();
  readonly #sampler: NodeJS.Timeout;

  constructor(traces: GatewayTraces) {
    this.#traces = traces;
    this.#sampler = setInterval(() => this.#sample(), sampleEveryMs);
    this.#sampler.unref();
  }

  /** To be called while its processes live: what they were started with is looked at in the end. */
  stopSampling(): void {
    clearInterval(this.#sampler);
    this.#sample();
  }

  /** To be called once all has ended, and before its folder goes. Throws what it finds, with file and line. */
  finish(): void {
    requireNoLeaks(this.#leaks());
  }

  #sample(): void {
    for (const { commandLine } of processesNaming(this.#traces.dir)) {
      this.#commandLines.add(commandLine);
    }
  }

  #leaks(): readonly Leak[] {
    const { dir, masterSecretFile, otherFiles, output } = this.#traces;
    const text = output();
    const keys = keysOf(masterSecretFile, text);
    const search = new SecretSearch([...keys, ...rememberedSecrets()]);
    const inTokens = new TokenSearch(keys);
    const files = [masterSecretFile, join(dir, 'conf')];
    const isKeeper = (path: string): boolean =>
      files.some((file) => path === file || path.startsWith(file + sep)) ||
      (path.endsWith('.properties') && dirname(path).endsWith(join('cache', 'launch')));
    const paths = filesBelow(dir).filter((path) => !isKeeper(path));
    const texts = [
      { where: 'output of the gateway', text },
      ...[...this.#commandLines].map((line) => ({ where: 'a command line', text: line })),
    ];
    return [
      ...texts.flatMap(({ where, text: each }) => [
        ...search.inText(where, each),
        ...inTokens.inText(where, each),
      ]),
      ...[...paths, ...otherFiles.filter(existsSync)].flatMap((path) => [
        ...search.inFile(path),
        ...inTokens.inFile(path),
      ]),
    ];
  }
}

/** The master secret, and the key of each engine whose launch tag the log names. */
function keysOf(masterSecretFile: string, log: string): readonly string[] {
  if (!existsSync(masterSecretFile)) return [];
  const master = readFileSync(masterSecretFile, 'utf8').trim();
  const tags = new Set([...log.matchAll(/"tag":"([\w-]+)"/g)].map(([, tag = '']) => tag));
  return [master, ...[...tags].map((tag) => engineKey(master, tag))];
}

/** Tokens can't be known before they are made: what one of the keys opens is one. */
class TokenSearch {
  readonly #keys: readonly Buffer[];

  constructor(keys: readonly string[]) {
    this.#keys = keys.map((key) => Buffer.from(key.slice(0, tokenKeyChars)));
  }

  /** Spooled rows and the like are passed over by their size. */
  inFile(path: string): readonly Leak[] {
    return statSync(path).size > longestLogBytes
      ? []
      : this.inText(path, readFileSync(path, 'latin1'));
  }

  inText(where: string, text: string): readonly Leak[] {
    const found = [...text.matchAll(/(?:[\da-f]{32}){3,8}/gi)].filter(([hex]) =>
      this.#isToken(hex),
    );
    return found.map(({ index }) => ({
      where,
      line: text.slice(0, index).split('\n').length,
      form: 'hex',
    }));
  }

  #isToken(hex: string): boolean {
    const bytes = Buffer.from(hex, 'hex');
    return this.#keys.some((key) => {
      if (key.length !== tokenKeyChars) return false;
      try {
        const cipher = createDecipheriv('aes-256-cbc', key, bytes.subarray(0, ivBytes));
        const opened = Buffer.concat([cipher.update(bytes.subarray(ivBytes)), cipher.final()]);
        return opened.toString('latin1').includes('issueDate');
      } catch {
        return false; // not made with this key
      }
    });
  }
}
