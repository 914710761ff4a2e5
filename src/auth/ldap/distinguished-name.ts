import { foldName } from './name-folding.ts';

/** One `type=value` of a DN, unescaped. */
export interface NamePart {
  readonly type: string;
  readonly value: string;
}

/** From the entry itself up to the root; an element has several parts where the DN joins them by `+`. */
export type ParsedDn = readonly (readonly NamePart[])[];

/** A text as a value within a DN (RFC 4514): nothing in it can end the value or begin another. */
export function escapeDnValue(value: string): string {
  const escaped = value
    .replaceAll(/[\\,+"<>;=]/g, (special) => `\\${special}`)
    .replaceAll('\0', '\\00');
  return escaped.replace(/^[ #]/, (first) => `\\${first}`).replace(/(?<!\\) $/, '\\ ');
}

/** The parts of a DN; undefined for a text that is none, which the old quoted form counts as. */
export function parseDn(dn: string): ParsedDn | undefined {
  const tokens = tokensOf(dn);
  if (tokens === undefined || tokens.length === 0) return undefined;
  const elements: NamePart[][] = [[]];
  for (const part of splitAt(tokens, ',', '+', ';')) {
    if (part.before === ',' || part.before === ';') elements.push([]);
    const equals = part.tokens.findIndex((token) => token.isSyntax && token.text === '=');
    const type = textOf(part.tokens.slice(0, equals)).trim();
    if (equals < 0 || !/^(?:[a-z][a-z\d-]*|\d+(?:\.\d+)*)$/i.test(type)) return undefined;
    elements.at(-1)?.push({ type, value: textOf(trimmed(part.tokens.slice(equals + 1))) });
  }
  return elements;
}

/** The value that a DN begins with: `staff` of `cn=staff,ou=groups,dc=example`. */
export function firstValueOf(dn: string): string | undefined {
  return parseDn(dn)?.[0]?.[0]?.value;
}

export function isSameDn(one: string, other: string): boolean {
  const [a, b] = [parseDn(one), parseDn(other)];
  return a !== undefined && b !== undefined && canonical(a) === canonical(b);
}

/** Whether the entry stands below the base, or is the base. */
export function isWithin(dn: string, base: string): boolean {
  const [inner, outer] = [parseDn(dn), parseDn(base)];
  if (inner === undefined || outer === undefined || inner.length < outer.length) return false;
  return canonical(inner.slice(inner.length - outer.length)) === canonical(outer);
}

function canonical(dn: ParsedDn): string {
  const elements = dn.map((parts) =>
    parts.map(({ type, value }) => [type.toLowerCase(), foldName(value)].join('=')).toSorted(),
  );
  return JSON.stringify(elements);
}

interface Token {
  readonly text: string;
  /** False for what was escaped. */
  readonly isSyntax: boolean;
}

/** Characters, with escapes resolved; undefined where one is cut short. */
function tokensOf(dn: string): Token[] | undefined {
  const tokens: Token[] = [];
  // In turn: bytes as hexadecimal digits, an escaped character, any character but a lonely \ and a quote.
  const pattern = /((?:\\[\da-f]{2})+)|\\([ "#+,;<=>\\])|([^\\"])/giuy;
  while (pattern.lastIndex < dn.length) {
    const match = pattern.exec(dn);
    if (match === null) return undefined;
    const [, bytes, escaped, plain] = match;
    if (bytes !== undefined) {
      tokens.push({
        text: Buffer.from(bytes.replaceAll('\\', ''), 'hex').toString(),
        isSyntax: false,
      });
    } else if (escaped !== undefined) tokens.push({ text: escaped, isSyntax: false });
    else tokens.push({ text: plain ?? '', isSyntax: true });
  }
  return tokens;
}

function splitAt(
  tokens: readonly Token[],
  ...separators: readonly string[]
): { readonly before: string; readonly tokens: Token[] }[] {
  const parts = [{ before: '', tokens: [] as Token[] }];
  for (const token of tokens) {
    if (token.isSyntax && separators.includes(token.text))
      parts.push({ before: token.text, tokens: [] });
    else parts.at(-1)?.tokens.push(token);
  }
  return parts;
}

/** Without the spaces around it that nobody escaped. */
function trimmed(tokens: readonly Token[]): readonly Token[] {
  const counts = (token: Token): boolean => !token.isSyntax || token.text !== ' ';
  return tokens.slice(Math.max(tokens.findIndex(counts), 0), tokens.findLastIndex(counts) + 1);
}

const textOf = (tokens: readonly Token[]): string => tokens.map(({ text }) => text).join('');
