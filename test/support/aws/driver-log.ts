export type LogStream = 'stdout' | 'stderr';

export interface LogLine {
  readonly text: string;
  readonly atMs: number;
}

/** What a job's driver has printed so far. */
export class DriverLog {
  readonly #lines: Record<LogStream, LogLine[]> = { stdout: [], stderr: [] };

  add(stream: LogStream, text: string): void {
    this.#lines[stream].push({ text, atMs: Date.now() });
  }

  lines(stream: LogStream): readonly LogLine[] {
    return this.#lines[stream];
  }

  text(stream: LogStream): string {
    return this.#lines[stream].map(({ text }) => `${text}\n`).join('');
  }
}
