import { z } from 'zod';

const session = z.string();
const maxRows = z.number();

/** What the row reader is told. */
export const rowOrderSchema = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('open'),
    session,
    address: z.object({
      port: z.number(),
      user: z.string(),
      password: z.string().exactOptional(),
      httpPath: z.string().exactOptional(),
      caFile: z.string().exactOptional(),
    }),
  }),
  z.object({ order: z.literal('execute'), session, statement: z.string() }),
  /** Reads results at the same time, each in a session of its own; `again` from their first rows. */
  z.object({ order: z.literal('read'), sessions: z.array(session), maxRows, again: z.boolean() }),
  z.object({ order: z.literal('run'), session, statement: z.string(), maxRows }),
  z.object({ order: z.literal('verify'), session, maxRows }),
  /** Reads the beginning of a result from its first row, and then nothing until `finish`. */
  z.object({ order: z.literal('stall'), session, maxRows, afterBytes: z.number() }),
  z.object({ order: z.literal('finish'), session }),
  z.object({ order: z.literal('close'), sessions: z.array(session) }),
]);

const reading = { ms: z.number(), rows: z.number(), wireBytes: z.number() };

/** What the row reader answers, one answer an order. */
export const rowAnswerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done') }),
  z.object({ kind: z.literal('executed'), ms: z.number() }),
  z.object({ kind: z.literal('read'), readings: z.array(z.object(reading)) }),
  z.object({ kind: z.literal('ran'), executeMs: z.number(), ...reading }),
  z.object({
    kind: z.literal('verified'),
    digest: z.object({
      rows: z.number(),
      firstColumnSum: z.number(),
      columns: z.array(z.string()),
    }),
    wireBytes: z.number(),
  }),
  z.object({ kind: z.literal('failed'), message: z.string(), isVoid: z.boolean() }),
]);

export type RowOrder = z.infer<typeof rowOrderSchema>;
export type RowAnswer = z.infer<typeof rowAnswerSchema>;
