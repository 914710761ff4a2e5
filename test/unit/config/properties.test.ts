import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProperties } from '../../../src/config/properties.ts';

describe("Java's properties syntax", () => {
  test.each<[name: string, text: string, settings: Record<string, string>]>([
    [
      'takes =, : and blanks as separators',
      'a=1\nb:2\nc 3\nd = 4\ne\t:\t5',
      { a: '1', b: '2', c: '3', d: '4', e: '5' },
    ],
    [
      'keeps later separators in the value',
      'url=jdbc:x?a=b\nk  =  = v',
      { url: 'jdbc:x?a=b', k: '= v' },
    ],
    [
      'skips comments and blank lines',
      '# a=1\n  ! b=2\n\n \t\nc=3 # no comment',
      { c: '3 # no comment' },
    ],
    [
      'joins continued lines without their indent',
      'a=x,\\\n   y,\\\r\n\tz\nb=1',
      { a: 'x,y,z', b: '1' },
    ],
    ['does not continue after an escaped backslash', 'a=x\\\\\nb=1', { a: 'x\\', b: '1' }],
    ['takes a comment sign in a continued line as text', 'a=x\\\n#y', { a: 'x#y' }],
    ['reads escapes', 'a=\\u00e9\\t\\q\nb\\ c\\=d\\:e=1', { a: 'é\tq', 'b c=d:e': '1' }],
    ['reads UTF-8 and a byte order mark', '\ufeffname=größe', { name: 'größe' }],
    ['lets the last of several lines win', 'a=1\na=2', { a: '2' }],
    ['trims values', 'a=  1  ', { a: '1' }],
    ['takes a key without a value as empty', 'a\nb=', { a: '', b: '' }],
    ['ends at a backslash at the end of the file', 'a=1\\', { a: '1' }],
  ])('%s', (_, text, settings) => {
    expect(Object.fromEntries(parseProperties(text))).toEqual(settings);
  });

  test('a broken \\u escape is an error', () => {
    expect(() => parseProperties('a=\\u12')).toThrow(/four hexadecimal digits/);
  });

  test('whatever was escaped reads back', () => {
    const printable = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => s === s.trim());
    fc.assert(
      fc.property(printable, printable, (key, value) => {
        expect(parseProperties(`${hexUnits(key)}=${hexUnits(value)}`)).toEqual(
          new Map([[key, value]]),
        );
      }),
    );
  });
});

function hexUnits(text: string): string {
  return text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
