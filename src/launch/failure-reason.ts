/** What of a failed launch's log is shown to its user. */
export interface ReasonLimits {
  /** `kyuubi.session.engine.startup.error.max.size`. */
  readonly maxChars: number;
  /** `kyuubi.session.engine.startup.maxLogLines`. */
  readonly maxLines: number;
}

const defaultReasonLimits: ReasonLimits = { maxChars: 8192, maxLines: 10 };

const ownLine = /Engine start failed: (.+)$/;
const complaint = /\bERROR\b|^Error\b|^Invalid |^Unrecognized |not found$|No such file/;

/** Reads a launch's log line by line and keeps what tells why it failed (kyuubi-contract 1.9). */
export class FailureReason {
  readonly #limits: ReasonLimits;
  #own: string | undefined;
  #complaint: string | undefined;
  #block: string[] = [];
  #isInBlock = false;
  readonly #lastLines: string[] = [];

  constructor(limits: ReasonLimits = defaultReasonLimits) {
    this.#limits = limits;
  }

  add(line: string): void {
    const own = ownLine.exec(line)?.[1];
    if (own !== undefined) this.#own = own;
    if (startsBlock(line)) {
      this.#block = [line];
      this.#isInBlock = true;
    } else if (this.#isInBlock && continuesBlock(line) && !this.#isBlockFull()) {
      this.#block.push(line);
    } else {
      this.#isInBlock = false;
      this.#keepLastLine(line);
    }
  }

  /** The engine's own word, else the last exception with its trace, else the line that most looks like one, else the last lines. */
  text(logPath: string): string {
    if (this.#own !== undefined) return cut(this.#own, this.#limits.maxChars);
    const block = cut(this.#block.join('\n'), this.#limits.maxChars);
    const lastLines = cut(this.#lastLines.join('\n'), this.#limits.maxChars);
    const seeMore = `See more: ${logPath}`;
    const fyi = lastLines === '' ? '' : `\nThe last lines of the log:\n${lastLines}`;
    // spark-submit's own complaint says more than the exception that it ends in.
    const said = this.#complaint?.startsWith('Error: ') === true ? `${this.#complaint}\n` : '';
    const root = this.#rootCause();
    const headline = said === '' && root !== undefined ? `${root}\n` : said;
    if (block !== '') return `${headline}${block}\n${seeMore}${fyi}`;
    if (this.#complaint !== undefined) return `${this.#complaint}\n${seeMore}${fyi}`;
    if (lastLines === '') return `it wrote no log. ${seeMore}`;
    return `its log names no cause. ${seeMore}${fyi}`;
  }

  /** The innermost exception of the trace: what really went wrong, where the outer ones only wrap it. */
  #rootCause(): string | undefined {
    const caused = 'Caused by: ';
    return this.#block.findLast((line) => line.startsWith(caused))?.slice(caused.length);
  }

  #isBlockFull(): boolean {
    return this.#block.reduce((sum, line) => sum + line.length, 0) > this.#limits.maxChars;
  }

  #keepLastLine(line: string): void {
    if (line.trim() === '') return;
    if (complaint.test(line)) this.#complaint = cut(line, this.#limits.maxChars);
    this.#lastLines.push(line);
    if (this.#lastLines.length > this.#limits.maxLines) this.#lastLines.shift();
  }
}

function startsBlock(line: string): boolean {
  return (
    /exception:|exception in thread/i.test(line) &&
    !/^\s*at /.test(line) &&
    !line.startsWith('Caused by:')
  );
}

function continuesBlock(line: string): boolean {
  // "... 3 more" stands between a cause and the next, deeper one.
  return /exception/i.test(line) || /^(?:\tat |Caused by: |\t\.\.\. \d+ more)/.test(line);
}

function cut(text: string, maxChars: number): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}...`;
}
