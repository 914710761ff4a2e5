import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './cli-error.ts';
import type { Hs2Operation, OperationStatus, Progress } from './hs2-operation.ts';
import type { Hs2Session } from './hs2-session.ts';
import type { Output } from './output.ts';
import { seconds } from './progress-line.ts';
import type { Reporter } from './reporter.ts';
import type { ResultFormat } from './result-format.ts';

export interface RunnerOptions {
  readonly newFormat: () => ResultFormat;
  /** 0: no limit. */
  readonly timeoutS: number;
}

/** A session whose engine is up. */
export interface OpenRunner {
  readonly runner: StatementRunner;
  close(): Promise<void>;
}

/** A server that does not answer a cancel in this time is given up. */
const cancelLimitMs = 10_000;
const redrawMs = 500;
const logLinesAtOnce = 1000;

/** Runs statements of one session: log, progress, rows, cancel. */
export class StatementRunner {
  readonly #session: Hs2Session;
  readonly #output: Output;
  readonly #reporter: Reporter;
  readonly #options: RunnerOptions;

  constructor(session: Hs2Session, output: Output, reporter: Reporter, options: RunnerOptions) {
    this.#session = session;
    this.#output = output;
    this.#reporter = reporter;
    this.#options = options;
  }

  /** Shows the log of the engine's start until it is up. */
  async awaitLaunch(signal: AbortSignal): Promise<void> {
    const launch = this.#session.launch;
    if (launch === undefined) return;
    const ended = await this.#cancelable(launch, signal, () => this.#watch(launch, Date.now()));
    this.#reporter.clear();
    if (ended.phase === 'finished') return;
    const { message, sqlState, errorCode, hint } = ended.failure ?? endedAs(ended, 0);
    throw new CliError('connection', message, {
      sqlState,
      errorCode,
      hint,
    });
  }

  /** Resolves when the statement is done and its rows are written; throws a CliError when it failed. */
  async run(statement: string, signal: AbortSignal): Promise<void> {
    const { timeoutS } = this.#options;
    const limit = timeoutS > 0 ? AbortSignal.timeout(timeoutS * 1000) : undefined;
    const stop = limit === undefined ? signal : AbortSignal.any([signal, limit]);
    stop.throwIfAborted();
    const started = Date.now();
    try {
      const operation = await this.#session.execute(statement, timeoutS);
      try {
        await this.#cancelable(operation, stop, () => this.#follow(operation, started, stop));
      } finally {
        await giveUpAfter(
          operation.close().catch(() => undefined),
          stop,
        );
      }
    } catch (error) {
      const wasStopped = error instanceof CliError && error.fault === 'statement' && stop.aborted;
      if (wasStopped) throw stopped(signal, timeoutS);
      throw error;
    } finally {
      this.#reporter.clear();
    }
  }

  async #follow(operation: Hs2Operation, started: number, stop: AbortSignal): Promise<void> {
    const ended = await this.#watch(operation, started);
    if (ended.phase !== 'finished') throw ended.failure ?? endedAs(ended, this.#options.timeoutS);
    this.#reporter.clear();
    if (!ended.hasResultSet) {
      this.#reporter.note(`done (${seconds(Date.now() - started)})`);
      return;
    }
    const rows = await this.#writeRows(operation, stop);
    const count = rows === 1 ? '1 row' : `${rows} rows`;
    this.#reporter.note(`${count} (${seconds(Date.now() - started)})`);
  }

  /** Asks until the operation has ended. The bar moves on while the server thinks. */
  async #watch(operation: Hs2Operation, started: number): Promise<OperationStatus> {
    let progress: Progress | undefined;
    const draw = (): void => this.#reporter.progress(progress, Date.now() - started);
    const clock = setInterval(draw, redrawMs);
    try {
      // A server that answers at once is not asked in a tight loop.
      for (let pauseMs = 20; ; pauseMs = Math.min(pauseMs * 1.5, 500)) {
        const asked = Date.now();
        const status = await operation.status();
        const isOver = status.phase !== 'waiting' && status.phase !== 'running';
        await this.#showLog(operation, isOver);
        if (isOver) return status;
        progress = status.progress;
        draw();
        if (Date.now() - asked < pauseMs) await sleep(pauseMs);
      }
    } finally {
      clearInterval(clock);
    }
  }

  /** A log is a courtesy: a server without one does not fail the statement. */
  async #showLog(operation: Hs2Operation, untilEmpty: boolean): Promise<void> {
    if (!this.#reporter.wantsLog) return;
    try {
      for (;;) {
        const lines = await operation.logLines(logLinesAtOnce);
        this.#reporter.log(lines);
        if (lines.length === 0 || !untilEmpty) return;
      }
    } catch (error) {
      if (error instanceof CliError && error.fault === 'connection') throw error;
    }
  }

  /** Fetches a batch ahead of the one that is being written. */
  async #writeRows(operation: Hs2Operation, stop: AbortSignal): Promise<number> {
    const format = this.#options.newFormat();
    const fetchNext = (): ReturnType<Hs2Operation['rows']> => {
      const batch = operation.rows(this.#session.fetchSize);
      batch.catch(() => undefined); // when writing fails first, nobody awaits it
      return batch;
    };
    await this.#output.write(format.begin(await operation.columns()));
    let count = 0;
    let next = fetchNext();
    for (let batch = await next; batch.length > 0; batch = await next) {
      if (stop.aborted) throw new CliError('statement', 'the statement was stopped');
      next = fetchNext();
      await this.#output.write(format.rows(batch));
      count += batch.length;
    }
    await this.#output.write(format.end());
    return count;
  }

  async #cancelable<T>(
    operation: Hs2Operation,
    stop: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    const cancel = (): void => {
      operation.cancel().catch(() => undefined); // the status tells what became of it
    };
    stop.addEventListener('abort', cancel, { once: true });
    try {
      return await giveUpAfter(work(), stop);
    } finally {
      stop.removeEventListener('abort', cancel);
    }
  }
}

/** The work's outcome, or a failure when it goes on for too long after `stop`. */
async function giveUpAfter<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  const { promise: unanswered, reject } = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    const error = new CliError('connection', `no answer to the cancel in ${cancelLimitMs} ms`);
    timer = setTimeout(() => reject(error), cancelLimitMs);
  };
  if (stop.aborted) wait();
  else stop.addEventListener('abort', wait, { once: true });
  try {
    return await Promise.race([work, unanswered]);
  } finally {
    stop.removeEventListener('abort', wait);
    clearTimeout(timer);
  }
}

function stopped(signal: AbortSignal, timeoutS: number): CliError {
  if (signal.aborted) {
    return new CliError('statement', 'the statement was canceled', { sqlState: '57014' });
  }
  return new CliError('statement', `the statement was canceled after ${timeoutS} s`, {
    sqlState: '57014',
    hint: 'allow more with --timeout',
  });
}

function endedAs(status: OperationStatus, timeoutS: number): CliError {
  if (status.phase === 'timed-out') {
    const limit = timeoutS > 0 ? `the limit of ${timeoutS} s` : "the server's time limit";
    return new CliError('statement', `it ran into ${limit}`, { sqlState: '57014' });
  }
  return new CliError('statement', 'it was canceled at the server', { sqlState: '57014' });
}
