import { z } from 'zod';

const lineSchema = z.looseObject({
  time: z.string(),
  level: z.string(),
  event: z.string().default(''),
  err: z.looseObject({ stack: z.string() }).optional(),
});

/** A JSON log line as one that a person reads: time, level, event, fields, and a failure's stack below. */
export function prettyLine(json: string): string {
  const { time, level, event, err, ...fields } = lineSchema.parse(JSON.parse(json));
  const shown = Object.entries(fields).map(([name, value]) => ` ${name}=${showValue(value)}`);
  const head = `${time} ${level.toUpperCase().padEnd(5)} ${event}${shown.join('')}\n`;
  return err === undefined ? head : `${head}  ${err.stack.replaceAll('\n', '\n  ')}\n`;
}

/** Bare where it is one word; otherwise as JSON, whose escapes keep a stranger's text from forging lines. */
function showValue(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
}
