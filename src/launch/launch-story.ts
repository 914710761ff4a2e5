import { FailureReason } from './failure-reason.ts';
import type { ReasonLimits } from './failure-reason.ts';
import type { Redact } from './launch-redaction.ts';

/** Lines that are kept of one launch for whoever reads them late. */
const keptLines = 5000;

/** What is told of one launch while it lasts: the queue, the platform's states and events, the driver's log; never its secrets. */
export class LaunchStory {
  readonly #lines: string[] = [];
  readonly #reason: FailureReason;
  readonly #redact: Redact;
  #hasDriverLines = false;
  #isClosed = false;
  #waiting = Promise.withResolvers<void>();

  constructor(redact: Redact, limits?: ReasonLimits) {
    this.#redact = redact;
    this.#reason = new FailureReason(limits);
  }

  /** A line of the gateway's or of the platform's. */
  say(text: string): void {
    this.#add(this.#redact(text));
  }

  /** A line of the driver's own log: these tell why an engine did not start. */
  addDriverLine(line: string): void {
    const shown = this.#redact(line);
    this.#hasDriverLines = true;
    this.#reason.add(shown);
    this.#add(shown);
  }

  /** Nothing more will be told. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** What the driver's log says of a failure; undefined where there is no log. `place` is where all of it stands. */
  driverReason(place: string): string | undefined {
    return this.#hasDriverLines ? this.#reason.text(place) : undefined;
  }

  /** The lines from number `from` on, until the story is closed. */
  async *lines(from: number, signal: AbortSignal): AsyncGenerator<string> {
    const stop = Promise.withResolvers<void>();
    const onAbort = (): void => stop.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (let at = from; ;) {
        while (at < this.#lines.length) {
          if (signal.aborted) return;
          yield this.#lines[at++] ?? '';
        }
        if (this.#isClosed || signal.aborted) return;
        await Promise.race([this.#waiting.promise, stop.promise]);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #add(line: string): void {
    if (this.#isClosed || this.#lines.length > keptLines) return;
    const isLast = this.#lines.length === keptLines;
    this.#lines.push(
      isLast ? `(more than ${keptLines} lines: the rest is in the engine's own log)` : line,
    );
    this.#wake();
  }

  #wake(): void {
    this.#waiting.resolve();
    this.#waiting = Promise.withResolvers<void>();
  }
}
