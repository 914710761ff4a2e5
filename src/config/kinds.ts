import { z } from 'zod';
import { parseDuration } from './durations.ts';
import { KindOf } from './value-kind.ts';

/** What a timer of Node's can wait; it would fire a longer one at once. */
const longestTimerMs = 24 * 24 * 3_600_000;

/** Milliseconds that something waits for. */
export const duration = new KindOf(
  durations(0, longestTimerMs),
  'a duration such as PT30S, PT1H30M or P1D, or a number of milliseconds, at most P24D',
);

/** As `duration`, for a limit that is off unless it is set above 0. */
export const timeLimit = new KindOf(
  durations(0, longestTimerMs).transform((ms) => (ms > 0 ? ms : undefined)),
  'a duration such as PT30S, at most P24D (0: no limit)',
);

/** Milliseconds between two rounds of something: never 0, which would not leave it a moment's rest. */
export const interval = new KindOf(
  durations(1, longestTimerMs),
  'a duration such as PT30S, above 0 and at most P24D',
);

/** Milliseconds that something may grow old; compared with a clock, so of any length. */
export const age = new KindOf(
  durations(0, Number.MAX_SAFE_INTEGER),
  'a duration such as PT6H or P30D, or a number of milliseconds',
);

export const text = new KindOf(z.string(), 'a text');

export const bool = new KindOf(
  reading((from) => (/^(?:true|false)$/i.test(from) ? from.toLowerCase() === 'true' : undefined)),
  'true or false',
);

export const wholeNumber = integerBetween(
  0,
  Number.MAX_SAFE_INTEGER,
  'a whole number of 0 or more',
);
export const positiveInt = integerBetween(1, 2 ** 31 - 1, 'a whole number of 1 or more');
/** Whole, of either sign: Kyuubi's way of saying "off" is often -1. */
export const signedInt = integerBetween(-(2 ** 31), 2 ** 31 - 1, 'a whole number');
/** A port to listen on: 0 lets the system choose. */
export const port = integerBetween(0, 65_535, 'a port from 0 (any free one) to 65535');

/** Kyuubi's limits are off when they are not above 0: `undefined` then. */
export const limit = new KindOf(
  integers(-(2 ** 31), 2 ** 31 - 1).transform((n) => (n > 0 ? n : undefined)),
  'a whole number (0 or less: no limit)',
);

/** Bytes. */
export const size = new KindOf(
  reading(parseSize),
  'a size in bytes such as 1048576, 512k, 64m or 2g',
);

/** Comma separated, trimmed, without empty parts. An empty text is the empty list. */
export const list = new KindOf<readonly string[]>(
  z.string().transform((from) => Object.freeze(splitList(from))),
  'a comma separated list',
  true,
);

/** As `list`, for looking up. */
export const set = new KindOf<ReadonlySet<string>>(
  z.string().transform((from) => new Set(splitList(from))),
  'a comma separated list',
  true,
);

/** As Java writes it, with flags in front: `(?i)secret|password`. */
export const regex = new KindOf(reading(parseRegex), 'a regular expression');

/** Inclusive, e.g. `50000-50999`; one number is a range of one. */
export const portRange = new KindOf(
  reading(parsePortRange),
  'a range of ports such as 50000-50999',
);

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** One of a closed set, in any case. */
export function oneOf<const V extends string>(...values: readonly V[]): KindOf<V> {
  const byLowerCase = new Map(values.map((value) => [value.toLowerCase(), value]));
  return new KindOf(
    reading((from) => byLowerCase.get(from.toLowerCase())),
    `one of ${values.join(', ')}`,
  );
}

export function matching(pattern: RegExp, expected: string): KindOf<string> {
  return new KindOf(z.string().regex(pattern), expected);
}

export function integerBetween(
  least: number,
  most: number,
  expected = `a whole number from ${least} to ${most}`,
): KindOf<number> {
  return new KindOf(integers(least, most), expected);
}

export function splitList(from: string): string[] {
  return from
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A schema read by a function that answers undefined for what it can't read. */
export function reading<T>(read: (from: string) => T | undefined): z.ZodType<T, string> {
  return z.string().transform((from, context) => {
    const value = read(from);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: 'unreadable' });
    return z.NEVER;
  });
}

function durations(least: number, most: number): z.ZodType<number, string> {
  return reading((from) => {
    const ms = parseDuration(from);
    return ms !== undefined && ms >= least && ms <= most ? ms : undefined;
  });
}

function integers(least: number, most: number): z.ZodType<number, string> {
  return reading((from) => {
    const value = /^[+-]?\d{1,16}$/.test(from) ? Number(from) : NaN;
    return value >= least && value <= most ? value : undefined;
  });
}

function parseSize(from: string): number | undefined {
  const [, digits, unit] = /^(\d{1,15})\s*([kmg]?)b?$/i.exec(from) ?? [];
  if (digits === undefined || unit === undefined) return undefined;
  const bytes = Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function parseRegex(from: string): RegExp | undefined {
  const [, flags, pattern] = /^(?:\(\?([imsu]+)\))?(.*)$/su.exec(from) ?? [];
  try {
    return new RegExp(pattern ?? from, [...new Set(flags)].join(''));
  } catch {
    return undefined; // the caller says which key it was
  }
}

function parsePortRange(from: string): PortRange | undefined {
  const [, first, last] = /^(\d{1,5})(?:\s*-\s*(\d{1,5}))?$/.exec(from) ?? [];
  if (first === undefined) return undefined;
  const range = { first: Number(first), last: Number(last ?? first) };
  return range.first <= range.last && range.last <= 65_535 ? Object.freeze(range) : undefined;
}
