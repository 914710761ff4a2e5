import { randomBytes } from 'node:crypto';

/** Stands in every secret that a test makes up; put together here, so that no source file holds it. */
export const mark = ['Tq7Zk', '9vXw2'].join('');

/** How a value may turn up: as it is, or within something that was encoded. */
export interface Needle {
  readonly text: string;
  readonly form: 'plain' | 'base64' | 'URL' | 'hex';
}

/** A password, key or token of a test: another one each time, and known by its mark wherever it turns up. */
export function newSecret(): string {
  return `${mark}-${randomBytes(9).toString('base64url')}`;
}

/** Those secrets that stand in the text as they are. */
export function secretsIn(text: string): readonly string[] {
  return text.match(new RegExp(`${mark}-[\\w-]{12}`, 'g')) ?? [];
}

/** What to look for to find the value in each form, also as a part of a longer text. */
export function needlesOf(value: string): readonly Needle[] {
  const bytes = Buffer.from(value, 'utf8');
  const hex = bytes.toString('hex');
  const all: Needle[] = [
    { text: value, form: 'plain' },
    { text: encodeURIComponent(value), form: 'URL' },
    { text: hex, form: 'hex' },
    { text: hex.toUpperCase(), form: 'hex' },
    ...[0, 1, 2].flatMap((at) => base64At(bytes, at)),
  ];
  return all.filter(({ text }, at) => all.findIndex((other) => other.text === text) === at);
}

/** Base64 writes three bytes as four characters, so what a value becomes depends on how many bytes stand before it. */
function base64At(bytes: Buffer, before: number): readonly Needle[] {
  const first = Math.ceil((before * 8) / 6);
  const end = Math.floor(((before + bytes.length) * 8) / 6);
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString('base64')
    .slice(first, end);
  const urlText = text.replaceAll('+', '-').replaceAll('/', '_');
  return [text, urlText].map((each) => ({ text: each, form: 'base64' }));
}
