import { createLog } from '../../src/telemetry/log.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { watchOutput } from './secret-search.ts';

/** A log whose lines a test reads. */
export function collectedLog(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const destination = {
    write: (line: string) => {
      watchOutput('a log', line);
      lines.push(line);
    },
  };
  return { log: createLog({ level: 'debug', format: 'json', destination }), lines };
}
