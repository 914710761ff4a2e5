import type { ResultColumn, Rows } from '../wire/client-rows.ts';
import { cellText, isNumeric, printable } from './cell-text.ts';
import { displayWidth, fitWidth } from './display-width.ts';
import type { FormatOptions, ResultFormat } from './result-format.ts';

/**
 * Columns aligned under their names, numbers to the right. The first batch settles the widths, so that rows can be shown as
 * they come; a longer cell later on moves its own line only.
 */
export class TableFormat implements ResultFormat {
  readonly #options: FormatOptions;
  #columns: readonly ResultColumn[] = [];
  #widths: readonly number[] | undefined;

  constructor(options: FormatOptions) {
    this.#options = options;
  }

  begin(columns: readonly ResultColumn[]): string {
    this.#columns = columns;
    this.#widths = undefined;
    return '';
  }

  rows(batch: Rows): string {
    const lines = batch.map((row) =>
      this.#columns.map((column, i) => this.#cut(cellText(row[i] ?? null, column) ?? 'NULL')),
    );
    return this.#head(lines) + lines.map((cells) => this.#line(cells)).join('');
  }

  end(): string {
    return this.#widths === undefined && isNoResult(this.#columns) ? '' : this.#head([]);
  }

  /** The header, before the first rows only. */
  #head(lines: readonly (readonly string[])[]): string {
    if (this.#widths !== undefined) return '';
    const names = this.#columns.map((column) => this.#cut(column.name));
    const measured = this.#options.hasHeader ? [names, ...lines] : lines;
    this.#widths = this.#columns.map((_, i) =>
      measured.reduce((width, cells) => Math.max(width, displayWidth(cells[i] ?? '')), 1),
    );
    if (!this.#options.hasHeader) return '';
    const rule = this.#widths.map((width) => '-'.repeat(width + 2)).join('+');
    return `${this.#line(names)}${rule}\n`;
  }

  #line(cells: readonly string[]): string {
    const padded = this.#columns.map((column, i) => {
      const cell = cells[i] ?? '';
      const gap = ' '.repeat(Math.max(0, (this.#widths?.[i] ?? 0) - displayWidth(cell)));
      return isNumeric(column) ? ` ${gap}${cell} ` : ` ${cell}${gap} `;
    });
    return `${padded.join('|').trimEnd()}\n`;
  }

  #cut(text: string): string {
    const { maxCellWidth } = this.#options;
    const shown = printable(text);
    return maxCellWidth === undefined ? shown : fitWidth(shown, maxCellWidth);
  }
}

/** What Spark's servers say of a statement that returns nothing: no rows of one column named Result. */
function isNoResult(columns: readonly ResultColumn[]): boolean {
  const [only, ...others] = columns;
  return only?.name === 'Result' && only.type === 'STRING' && others.length === 0;
}
