import type { Cell, ResultColumn, Rows } from '../wire/client-rows.ts';
import { cellText } from './cell-text.ts';
import type { FormatOptions, ResultFormat } from './result-format.ts';
import { TableFormat } from './table-format.ts';

export const formatNames = ['table', 'csv', 'tsv', 'json', 'jsonl'] as const;
export type FormatName = (typeof formatNames)[number];

export function newFormat(name: FormatName, options: FormatOptions): ResultFormat {
  switch (name) {
    case 'table':
      return new TableFormat(options);
    case 'csv':
      return new SeparatedFormat(options.hasHeader, csv);
    case 'tsv':
      return new SeparatedFormat(options.hasHeader, tsv);
    case 'json':
      return new JsonFormat('array');
    case 'jsonl':
      return new JsonFormat('lines');
  }
}

interface Separation {
  readonly separator: string;
  readonly lineEnd: string;
  readonly field: (text: string | undefined) => string;
}

/** RFC 4180. NULL is nothing at all, the empty text is `""`. */
const csv: Separation = {
  separator: ',',
  lineEnd: '\r\n',
  field(text) {
    if (text === undefined) return '';
    return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  },
};

/** As Hive and PostgreSQL write it: NULL is `\N`; tab, line ends and the backslash are escaped. */
const tsv: Separation = {
  separator: '\t',
  lineEnd: '\n',
  field(text) {
    if (text === undefined) return '\\N';
    return text.replace(/[\\\t\n\r]/g, (char) => tsvEscapes[char] ?? char);
  },
};

const tsvEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

class SeparatedFormat implements ResultFormat {
  readonly #hasHeader: boolean;
  readonly #separation: Separation;
  #columns: readonly ResultColumn[] = [];

  constructor(hasHeader: boolean, separation: Separation) {
    this.#hasHeader = hasHeader;
    this.#separation = separation;
  }

  begin(columns: readonly ResultColumn[]): string {
    this.#columns = columns;
    return this.#hasHeader ? this.#line(columns.map((column) => column.name)) : '';
  }

  rows(batch: Rows): string {
    return batch
      .map((row) => this.#line(this.#columns.map((column, i) => cellText(row[i] ?? null, column))))
      .join('');
  }

  end(): string {
    return '';
  }

  #line(fields: readonly (string | undefined)[]): string {
    const { separator, lineEnd, field } = this.#separation;
    return fields.map(field).join(separator) + lineEnd;
  }
}

/**
 * One object a row. Integers that a double holds exactly and finite doubles are numbers; larger integers, DECIMAL, dates,
 * nested values and NaN are strings, BINARY is hexadecimal text. A column name that comes again gets `_2`, `_3`, …
 */
class JsonFormat implements ResultFormat {
  readonly #layout: 'array' | 'lines';
  #columns: readonly ResultColumn[] = [];
  #keys: readonly string[] = [];
  #isFirst = true;

  constructor(layout: 'array' | 'lines') {
    this.#layout = layout;
  }

  begin(columns: readonly ResultColumn[]): string {
    this.#columns = columns;
    this.#keys = uniqueNames(columns).map((name) => JSON.stringify(name));
    this.#isFirst = true;
    return this.#layout === 'array' ? '[' : '';
  }

  rows(batch: Rows): string {
    return batch.map((row) => this.#separate(this.#object(row))).join('');
  }

  end(): string {
    if (this.#layout === 'lines') return '';
    return this.#isFirst ? ']\n' : '\n]\n';
  }

  #separate(object: string): string {
    if (this.#layout === 'lines') return `${object}\n`;
    const before = this.#isFirst ? '\n' : ',\n';
    this.#isFirst = false;
    return before + object;
  }

  /** By hand: an object would put keys that look like integers first. */
  #object(row: readonly Cell[]): string {
    const fields = this.#columns.map(
      (column, i) => `${this.#keys[i] ?? '""'}:${jsonText(row[i] ?? null, column)}`,
    );
    return `{${fields.join(',')}}`;
  }
}

function jsonText(cell: Cell, column: ResultColumn): string {
  if (cell === null) return 'null';
  if (typeof cell === 'boolean') return String(cell);
  if (typeof cell === 'number' && Number.isFinite(cell)) return JSON.stringify(cell);
  return JSON.stringify(cellText(cell, column));
}

function uniqueNames(columns: readonly ResultColumn[]): string[] {
  const taken = new Set(columns.map((column) => column.name));
  const seen = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let n = 2; seen.has(unique) || (unique !== name && taken.has(unique)); n++) {
      unique = `${name}_${n}`;
    }
    seen.add(unique);
    return unique;
  });
}
