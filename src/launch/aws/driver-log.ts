import type { Clock } from '../../core/clock.ts';
import { nameOf } from './service-errors.ts';

/** One place where EMR writes the driver's log. */
export interface LogPlace {
  /** What has come since the last call; rejects when the place does not answer. */
  more(isOver: boolean, signal: AbortSignal): Promise<readonly string[]>;
}

export interface DriverLogFacts {
  /** Newest first known to be read from; more than one is for stderr and stdout. */
  readonly places: readonly LogPlace[];
  readonly isOver: () => boolean;
  readonly pollMs: number;
  readonly clock: Clock;
}

/** EMR brings the last lines late: so often they are looked for after the end. */
const looksAfterEnd = 3;

/** The driver's log by lines as it arrives; ends after the run or with the signal. */
export async function* driverLog(
  { places, isOver, pollMs, clock }: DriverLogFacts,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let looksLeft = looksAfterEnd;
  let trouble: unknown;
  let hasRead = places.length === 0;
  const open = new Set(places);
  while (!signal.aborted && looksLeft > 0) {
    if (isOver()) looksLeft--;
    for (const place of open) {
      try {
        yield* await place.more(looksLeft === 0, signal);
        hasRead = true;
      } catch (thrown) {
        trouble = thrown; // the next look may be luckier
        // S3 says something else of a file that is not there yet: this is CloudWatch, and it will not change its mind.
        if (nameOf(thrown) === 'AccessDeniedException') open.delete(place);
      }
    }
    if (places.length > 0 && open.size === 0) break; // told while somebody still waits for the engine
    if (looksLeft > 0) await clock.sleep(pollMs, signal).catch(() => undefined); // the loop sees the signal
  }
  if (!hasRead && !signal.aborted) throw trouble;
}
