import { z } from 'zod';
import { parseDecimal, type DecimalUnits } from '../core/decimal.ts';

/** Decimal places of uses (thousandths of a second) and of costs, as lines have them. */
export const usePlaces = 3;
export const costPlaces = 8;

/** An engine that has ended, as its line of the audit trail tells. */
export interface EngineEnd {
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly preset: string | undefined;
  readonly cluster: string;
  readonly engine: string;
  /** The day of its end, in UTC: `2026-03-01`. */
  readonly day: string;
  readonly vcpuSeconds: DecimalUnits;
  readonly memoryMibSeconds: DecimalUnits;
  readonly storageGbSeconds: DecimalUnits;
  /** Its uses are what the provider bills. */
  readonly isBilled: boolean;
  /** Undefined for one without a price. */
  readonly cost: { readonly currency: string; readonly amount: DecimalUnits } | undefined;
}

const text = z.string().optional();
const seconds = z
  .number()
  .min(0)
  .max(1e15)
  .default(0)
  .transform((value) => BigInt(Math.round(value * 10 ** usePlaces)));
const instant = z.string().refine((at) => !Number.isNaN(Date.parse(at)));

const lineSchema = z.object({
  time: instant,
  user: text,
  group: text,
  preset: text,
  cluster: z.string().min(1),
  engine: z.string().min(1),
  /** Lines of older gateways have none. */
  endTime: instant.optional(),
  vcpuSeconds: seconds,
  memoryMibSeconds: seconds,
  storageGbSeconds: seconds,
  billing: z.enum(['billed', 'measured']).optional(),
  cost: z
    .string()
    .transform((from) => parseDecimal(from, costPlaces))
    .refine((units) => units !== undefined && units >= 0n)
    .optional(),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .optional(),
});

const mark = Buffer.from('"engine-end"');
const [openBrace, closeBrace, carriageReturn] = [0x7b, 0x7d, 0x0d];

/** `other` for a line of something else, `broken` for one that is no line of an audit trail, or not a whole one. */
export function readEngineEnd(line: Buffer): EngineEnd | 'other' | 'broken' {
  const end = line.at(-1) === carriageReturn ? line.length - 1 : line.length;
  if (end === 0) return 'other';
  if (line[0] !== openBrace || line[end - 1] !== closeBrace) return 'broken';
  if (!line.includes(mark)) return 'other'; // not worth parsing: most lines are
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    return 'broken';
  }
  if (typeof value !== 'object' || value === null) return 'broken';
  if (!('action' in value) || value.action !== 'engine-end') return 'other'; // its statement says so
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success) return 'broken';
  const { time, endTime, billing, cost, currency, ...plain } = parsed.data;
  return {
    ...{ user: plain.user, group: plain.group, preset: plain.preset },
    ...{ cluster: plain.cluster, engine: plain.engine },
    day: new Date(endTime ?? time).toISOString().slice(0, 10),
    vcpuSeconds: plain.vcpuSeconds,
    memoryMibSeconds: plain.memoryMibSeconds,
    storageGbSeconds: plain.storageGbSeconds,
    isBilled: billing === 'billed',
    cost: cost === undefined || currency === undefined ? undefined : { currency, amount: cost },
  };
}
