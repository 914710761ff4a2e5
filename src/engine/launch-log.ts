/** The lines of one launch, as they come; bounded, and read by cursors. */
export class LaunchLog {
  readonly #limitLines: number;
  #lines: string[] = [];
  /** Lines that were dropped from the front. */
  #dropped = 0;

  constructor(limitLines: number) {
    this.#limitLines = limitLines;
  }

  append(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#limitLines) {
      this.#lines.shift();
      this.#dropped++;
    }
  }

  /** Up to `limit` lines from the cursor on (all when it is not positive), and the cursor behind them. */
  read(
    cursor: number,
    limit: number,
  ): { readonly lines: readonly string[]; readonly next: number } {
    const from = Math.max(cursor - this.#dropped, 0);
    const lines = this.#lines.slice(from, limit > 0 ? from + limit : undefined);
    return { lines, next: this.#dropped + from + lines.length };
  }

  /** Forgets what was said: an old launch interests nobody. */
  clear(): void {
    this.#dropped += this.#lines.length;
    this.#lines = [];
  }
}
