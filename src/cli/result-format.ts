import type { ResultColumn, Rows } from '../wire/client-rows.ts';

/** Turns one result into text, batch by batch; what it returns is to be written in that order. */
export interface ResultFormat {
  begin(columns: readonly ResultColumn[]): string;
  rows(batch: Rows): string;
  end(): string;
}

export interface FormatOptions {
  readonly hasHeader: boolean;
  /** Table cells are cut at this width; undefined: never. */
  readonly maxCellWidth: number | undefined;
}
