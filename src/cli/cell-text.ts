import type { Cell, ResultColumn } from '../wire/client-rows.ts';

/** A value as text; undefined for NULL, which every format writes in its own way. */
export function cellText(cell: Cell, column: ResultColumn): string | undefined {
  if (cell === null) return undefined;
  if (Buffer.isBuffer(cell)) return cell.toString('hex');
  if (typeof cell === 'number' && (column.type === 'DOUBLE' || column.type === 'FLOAT')) {
    return floatText(cell);
  }
  return String(cell);
}

/** Numbers are what a table aligns to the right. */
export function isNumeric(column: ResultColumn): boolean {
  return numericTypes.has(column.type);
}

/** Makes control characters visible: a result must not be able to steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    const short = shortEscapes[char];
    return short ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A double as Java and SQL write it: `1.0`, `1.0E10`, `NaN`. */
export function floatText(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = ''] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

const numericTypes: ReadonlySet<string> = new Set([
  'TINYINT',
  'SMALLINT',
  'INT',
  'BIGINT',
  'FLOAT',
  'DOUBLE',
  'DECIMAL',
]);

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
