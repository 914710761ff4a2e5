import { LineCounter, isMap, isScalar, isSeq, parseDocument, visit } from 'yaml';
import type { Document, Node } from 'yaml';
import { GatewayError, reasonOf } from '../../core/errors.ts';

/** A file's text as values, and where each stands. */
export interface YamlText {
  readonly value: unknown;
  /** Line of what the path leads to, or of the last step of it that there is. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** Aliases may make a file this much larger than it looks. */
const maxAliases = 100;

/**
 * Reads YAML 1.2. Below a key of `textMaps`, numbers and booleans stay the texts that they were. Throws CONFIG_INVALID with
 * file and line for what is no YAML, says a key twice, or grows by its aliases.
 */
export function parseYaml(file: string, text: string, textMaps: ReadonlySet<string>): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
  });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw invalid(file, lines.linePos(problem.pos[0]).line, problem.message);
  }
  keepTexts(document, textMaps);
  return {
    value: valueOf(file, document),
    lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
  };
}

export function invalid(file: string, line: number, problem: string): GatewayError {
  return new GatewayError('CONFIG_INVALID', `${file}:${line}: ${problem}`);
}

/** `1.10` is a version and `0123` an account, not the numbers that YAML sees in them. */
function keepTexts(document: Document, textMaps: ReadonlySet<string>): void {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !textMaps.has(String(key.value)) || !isMap(value)) return;
      visit(value, {
        Scalar: (at, scalar) => {
          const isText =
            at !== 'key' && (typeof scalar.value === 'string' || scalar.value === null);
          if (!isText && scalar.source !== undefined) scalar.value = scalar.source;
        },
      });
    },
  });
}

function valueOf(file: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: maxAliases });
  } catch (cause) {
    const problem = reasonOf(cause);
    throw new GatewayError('CONFIG_INVALID', `${file}: ${problem}`, { cause });
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(step),
      );
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
