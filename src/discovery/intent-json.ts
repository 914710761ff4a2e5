import { z } from 'zod';
import { GatewayError } from '../core/errors.ts';
import type { LaunchIntent } from './discovery.ts';

/** Loose: what a newer gateway or engine has put in is kept when the intent is written again. */
const intentSchema = z.looseObject({
  tag: z.string().min(1),
  state: z.enum(['launching', 'registered']),
  submitTimeMs: z.number(),
  launcher: z.string(),
  cluster: z.string().nullish(),
  host: z.string(),
  jobRef: z.string().nullish(),
  settings: z.record(z.string(), z.string()).default({}),
});

export function parseIntent(path: string, data: Buffer): LaunchIntent {
  try {
    const parsed = intentSchema.parse(JSON.parse(data.toString('utf8')));
    return {
      ...parsed,
      cluster: parsed.cluster ?? undefined,
      jobRef: parsed.jobRef ?? undefined,
    };
  } catch (cause) {
    throw new GatewayError('DISCOVERY_UNAVAILABLE', `the launch intent at ${path} cannot be read`, {
      cause,
      hint: `If no engine is being launched there, delete the node ${path}.`,
    });
  }
}

export function intentBytes(intent: LaunchIntent): Buffer {
  return Buffer.from(JSON.stringify(intent));
}
