const maxLastLines = 10;

/** What spark-submit says while it hands an application over. */
export class SubmitOutput {
  #applicationId: string | undefined;
  #failure: string | undefined;
  #complaint: string | undefined;
  readonly #lastLines: string[] = [];

  add(line: string): void {
    this.#applicationId ??= /Submitted application (application_\d+_\d+)/.exec(line)?.[1];
    this.#failure ??= /^Exception in thread "[^"]*" (.+)$/.exec(line)?.[1];
    this.#complaint ??= /^(?:Error|ERROR): (.+)$/.exec(line)?.[1];
    if (line.trim() === '') return;
    this.#lastLines.push(line);
    if (this.#lastLines.length > maxLastLines) this.#lastLines.shift();
  }

  /** YARN's id for the application, once YARN has taken it. */
  get applicationId(): string | undefined {
    return this.#applicationId;
  }

  /** Why nothing was handed over, in the words of YARN or of spark-submit. */
  get failure(): string {
    const told = this.#failure ?? this.#complaint;
    if (told === undefined) return this.#lastLines.join('\n');
    return told
      .replace(/^(?:[a-zA-Z]\w*\.)+\w+: /, '')
      .replace(/^Failed to submit \S+ to YARN : /, '');
  }
}

/** Whether the words tell of a cluster that could not be reached, and not of one that said no. */
export function isUnreachable(failure: string): boolean {
  return /Connection refused|ConnectException|ConnectTimeoutException|NoRouteToHost|UnknownHostException|SocketTimeoutException|StandbyException|SafeModeException|RetriableException|failed on (?:connection|socket timeout) exception/i.test(
    failure,
  );
}
