import { describe, expect, it } from 'vitest';
import { floatText, printable } from '../../../src/cli/cell-text.ts';
import { displayWidth, fitWidth } from '../../../src/cli/display-width.ts';
import { newFormat } from '../../../src/cli/new-format.ts';
import type { FormatName } from '../../../src/cli/new-format.ts';
import { rowsOf } from '../../../src/wire/client-rows.ts';
import type { ColumnType, ResultColumn, Rows } from '../../../src/wire/client-rows.ts';

function columns(...list: [string, ColumnType][]): ResultColumn[] {
  return list.map(([name, type]) => ({ name, type }));
}

function written(
  name: FormatName,
  header: readonly ResultColumn[],
  batches: readonly Rows[],
  options: { hasHeader?: boolean; maxCellWidth?: number } = {},
): string {
  const format = newFormat(name, {
    hasHeader: options.hasHeader ?? true,
    maxCellWidth: options.maxCellWidth,
  });
  return format.begin(header) + batches.map((rows) => format.rows(rows)).join('') + format.end();
}

const two = columns(['n', 'INT'], ['text', 'STRING']);

describe('the table', () => {
  it('aligns numbers to the right, text to the left, by what a terminal shows', () => {
    const rows = [
      [1, '日本語'],
      [200, '🦊👩‍👩‍👧é'],
      [null, null],
    ];
    expect(written('table', two, [rows])).toBe(
      [
        '    n | text',
        '------+--------',
        '    1 | 日本語',
        '  200 | 🦊👩‍👩‍👧é',
        ' NULL | NULL',
        '',
      ].join('\n'),
    );
  });

  it('takes its widths from the first batch and shows longer cells whole later on', () => {
    const text = written('table', two, [[[1, 'ab']], [[1234, 'abcdef']]]);
    expect(text).toBe(' n | text\n---+------\n 1 | ab\n 1234 | abcdef\n');
  });

  it('cuts long cells only where it is told to', () => {
    expect(written('table', two, [[[1, 'abcdefgh']]], { maxCellWidth: 5 })).toContain(' abcd…\n');
    expect(written('table', two, [[[1, 'abcdefgh']]])).toContain(' abcdefgh\n');
  });

  it('shows the header of an empty result, and nothing for a statement without one', () => {
    expect(written('table', two, [])).toBe(' n | text\n---+------\n');
    expect(written('table', columns(['Result', 'STRING']), [])).toBe('');
    expect(written('table', two, [[[1, 'a']]], { hasHeader: false })).toBe(' 1 | a\n');
  });

  it('lets no cell steer the terminal', () => {
    expect(written('table', two, [[[1, 'a\u001b[2Jb\nc']]])).toContain('a\\u001b[2Jb\\nc');
    expect(printable('\u202eabc\u0000')).toBe('\\u202eabc\\u0000');
  });
});

describe('CSV and TSV', () => {
  it('quote as RFC 4180 says and tell NULL from the empty text', () => {
    const rows = [
      [1, 'a,"b"\nc'],
      [null, ''],
      [3, null],
    ];
    expect(written('csv', two, [rows])).toBe('n,text\r\n1,"a,""b""\nc"\r\n,""\r\n3,\r\n');
    expect(written('csv', two, [rows], { hasHeader: false })).not.toContain('text');
  });

  it('escape tabs, line ends and backslashes', () => {
    expect(written('tsv', two, [[[null, 'a\tb\\c\nd']]])).toBe('n\ttext\n\\N\ta\\tb\\\\c\\nd\n');
  });
});

describe('JSON', () => {
  const header = columns(
    ['i', 'BIGINT'],
    ['i', 'BIGINT'],
    ['d', 'DOUBLE'],
    ['m', 'DECIMAL'],
    ['b', 'BOOLEAN'],
    ['x', 'BINARY'],
    ['7', 'STRING'],
  );
  const rows = [
    [1, 2n ** 62n, 1.5, '2.50', true, Buffer.from([0, 255]), 'a"b'],
    [null, null, Number.NaN, null, false, null, null],
  ];
  const first = `{"i":1,"i_2":"4611686018427387904","d":1.5,"m":"2.50","b":true,"x":"00ff","7":"a\\"b"}`;
  const second = `{"i":null,"i_2":null,"d":"NaN","m":null,"b":false,"x":null,"7":null}`;

  it('is one array over all batches', () => {
    expect(
      written(
        'json',
        header,
        rows.map((row) => [row]),
      ),
    ).toBe(`[\n${first},\n${second}\n]\n`);
    expect(JSON.parse(written('json', header, []))).toEqual([]);
  });

  it('is one object a line', () => {
    expect(written('jsonl', header, [rows])).toBe(`${first}\n${second}\n`);
    expect(written('jsonl', header, [])).toBe('');
  });
});

it('writes doubles as SQL does', () => {
  const texts = [0, -0, 1, -2.5, 0.001, 0.0001, 9999999, 1e7, 1.25e-10, Infinity].map(floatText);
  expect(texts).toEqual([
    '0.0',
    '-0.0',
    '1.0',
    '-2.5',
    '0.001',
    '1.0E-4',
    '9999999.0',
    '1.0E7',
    '1.25E-10',
    'Infinity',
  ]);
});

describe('displayWidth', () => {
  it.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['한글', 4],
    ['ﾊﾝ', 2],
    ['Ａ', 2],
    ['🦊', 2],
    ['👩‍👩‍👧', 2],
    ['🇯🇵', 2],
    ['❤️', 2],
    ['\u200b', 0],
    ['α→', 2],
  ])('of %j is %i', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it('bounds what is cut, without tearing a character', () => {
    expect(fitWidth('日本語', 6)).toBe('日本語');
    expect(fitWidth('日本語', 5)).toBe('日本…');
    expect(fitWidth('日本語', 4)).toBe('日…');
    expect(fitWidth('abc', 1)).toBe('…');
  });
});

describe('rowsOf', () => {
  const base = { startRowOffset: 0, rows: [] };

  it('reads null bitmaps, also those that are shorter than the column', () => {
    const values = Array.from({ length: 10 }, (_, i) => i);
    const read = (nulls: number[]): unknown[] =>
      rowsOf({ ...base, columns: [{ i32Val: { values, nulls: Buffer.from(nulls) } }] }).map(
        ([cell]) => cell,
      );
    expect(read([])).toEqual(values);
    expect(read([0b101])).toEqual([null, 1, null, 3, 4, 5, 6, 7, 8, 9]);
    expect(read([0, 0b10])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, null]);
  });

  it('reads rows of old protocols', () => {
    const rows = [{ colVals: [{ i32Val: { value: 1 } }, { stringVal: {} }] }];
    expect(rowsOf({ startRowOffset: 0, rows })).toEqual([[1, null]]);
  });

  it('refuses columns of different length', () => {
    const nulls = Buffer.alloc(0);
    const ragged = [{ i32Val: { values: [1], nulls } }, { i32Val: { values: [], nulls } }];
    expect(() => rowsOf({ ...base, columns: ragged })).toThrow('differ in length');
  });
});
