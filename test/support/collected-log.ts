import { createLog } from '../../src/telemetry/log.ts';
import type { Log } from '../../src/telemetry/log.ts';

/** A log whose lines a test reads. */
export function collectedLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  return { log: createLog({ level: 'debug', format: 'json', destination }), lines };
}
