import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StatementSplitter } from '../../../src/cli/statement-splitter.ts';

function split(...chunks: string[]): string[] {
  const splitter = new StatementSplitter();
  return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
}

describe('StatementSplitter', () => {
  it.each([
    ['at semicolons', 'select 1; select 2 ;select 3', ['select 1', 'select 2', 'select 3']],
    ['not in single quotes', "select ';'; x", ["select ';'", 'x']],
    ['not in double quotes', 'select ";"; x', ['select ";"', 'x']],
    ['not in backticks', 'select `a;``b`; x', ['select `a;``b`', 'x']],
    ['not behind an escaped quote', "select 'it\\';s'; x", ["select 'it\\';s'", 'x']],
    ['after a doubled quote', "select 'it''s;'; x", ["select 'it''s;'", 'x']],
    ['after a backslash in a raw string', "select r'\\'; x", ["select r'\\'", 'x']],
    ['with an escape where r ends a name', "select bar'\\';'; x", ["select bar'\\';'", 'x']],
    ['not in line comments', 'select 1 -- a; b\n+ 1; x', ['select 1 -- a; b\n+ 1', 'x']],
    ['not in block comments', 'select /* ; */ 1; x', ['select /* ; */ 1', 'x']],
    ['not in nested comments', 'select /* /* ; */ ; */ 1; x', ['select /* /* ; */ ; */ 1', 'x']],
    ['with quotes in comments', "select 1 -- it's\n; x /* ' */", ["select 1 -- it's", "x /* ' */"]],
    ['with comment marks in quotes', "select '--', '/*'; x", ["select '--', '/*'", 'x']],
    ['leaving out what is empty', ';;  ; -- only a comment\n; /* and; this */', []],
    ['keeping comments before code', '-- why\nselect 1;', ['-- why\nselect 1']],
    ['with minus and division', 'select 4-1/2;x', ['select 4-1/2', 'x']],
    ['with a minus at the end', 'x;select -', ['x', 'select -']],
    ['with a quote left open', "x; select 'a;b", ['x', "select 'a;b"]],
  ])('cuts %s', (_, text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it('cuts the same wherever its input is cut', () => {
    const token = fc.constantFrom(
      ';',
      "'",
      '"',
      '`',
      '--',
      '-',
      '/*',
      '*/',
      '/',
      '*',
      '\n',
      '\\',
      'r',
      'a',
      ' ',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        expect(split(...tokens.join(''))).toEqual(split(tokens.join('')));
      }),
      { numRuns: 1000 },
    );
  });

  it('says whether something is unfinished, and forgets it when told', () => {
    const splitter = new StatementSplitter();
    expect([...splitter.push('select 1;\n')]).toEqual(['select 1']);
    expect(splitter.isBetween).toBe(true);
    expect([...splitter.push("select 'a\n")]).toEqual([]);
    expect(splitter.isBetween).toBe(false);
    splitter.clear();
    expect(splitter.isBetween).toBe(true);
    expect([...splitter.push('select 2;')]).toEqual(['select 2']);
  });

  it('reads 4 MB in pieces in time that grows with the text only', () => {
    const text = `select '${'x'.repeat(1000)}';\n`.repeat(4000);
    const splitter = new StatementSplitter();
    let count = 0;
    for (let at = 0; at < text.length; at += 65_536) {
      count += [...splitter.push(text.slice(at, at + 65_536))].length;
    }
    expect(count).toBe(4000);
  });
});
