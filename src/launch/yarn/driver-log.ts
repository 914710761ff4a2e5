import type { Clock } from '../../core/clock.ts';
import { LineSplitter } from '../line-splitter.ts';
import { isAlive } from './application-view.ts';
import { firstBytes } from './first-bytes.ts';
import type { Fetch } from './rest-request.ts';
import type { Application } from './rest-schemas.ts';

export interface DriverLogFacts {
  /** The application as the resource manager knows it now; undefined when it no longer does. Rejects when it does not answer. */
  readonly application: () => Promise<Application | undefined>;
  /** Whom a node manager without authentication takes the caller for. */
  readonly user: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
}

const pollMs = 2_000;
const timeoutMs = 10_000;
/** Spark writes its log to the one and a program's own words to the other. */
const files = ['stderr', 'stdout'] as const;
/** Every look reads a file from its beginning, so a long one is left to its page. */
const maxBytes = 4 * 1024 * 1024;
/** What stands before and after the log in a node manager's answer, at most. */
const frameBytes = 64 * 1024;

/** The driver's log by lines, as its node manager has it; ends with the application or the signal. */
export async function* driverLog(
  facts: DriverLogFacts,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const told = new Map<string, number>();
  let last: Application | undefined;
  while (!signal.aborted) {
    const isKnown = await facts.application().then(
      (application) => {
        last = application ?? last;
        return application !== undefined;
      },
      () => true, // it does not answer: nothing is known to have changed
    );
    const isOver = !isKnown || (last !== undefined && !isAlive(last));
    if (last?.amContainerLogs !== undefined) {
      for (const file of files) {
        const page = last.amContainerLogs;
        const { lines, isCut } = await readFile(page, file, isOver, facts, signal);
        const from = told.get(file) ?? 0;
        yield* lines.slice(from);
        if (isCut && isOver) yield `The rest of the driver's ${file} is at ${page}`;
        told.set(file, Math.max(from, lines.length));
      }
    }
    if (isOver) {
      const isRead = [...told.values()].some((count) => count > 0);
      if (!isRead && last?.trackingUrl !== undefined) {
        yield `The driver's log can't be had from its node; YARN's page: ${last.trackingUrl}`;
      }
      return;
    }
    await facts.clock.sleep(pollMs, signal).catch(() => undefined); // the loop sees the signal
  }
}

/** The node manager's REST address of one file, from the address of the page that shows it. */
export function logFileUrl(page: string, file: string, user: string): string | undefined {
  const [, scheme = 'http:', host, container] =
    /^(https?:)?\/\/([^/]+)\/node\/containerlogs\/([^/?]+)/.exec(page) ?? [];
  if (host === undefined || container === undefined) return undefined;
  const query = new URLSearchParams({ 'user.name': user, size: String(maxBytes) });
  return `${scheme}//${host}/ws/v1/node/containerlogs/${container}/${file}?${query.toString()}`;
}

/** What stands between the head and the foot that the node manager adds; a line that isn't whole yet is left out. */
export function logLines(answer: Buffer, isWhole: boolean): readonly string[] {
  const head = answer.subarray(0, 4096).toString('latin1');
  const begin = /^LogContents:\n/m.exec(head);
  if (begin === null) return [];
  const length = Number(/^LogLength:(\d+)$/m.exec(head)?.[1] ?? 0);
  const from = begin.index + begin[0].length;
  const splitter = new LineSplitter();
  const lines = [...splitter.push(answer.subarray(from, from + Math.min(length, maxBytes)))];
  return isWhole ? [...lines, ...splitter.end()] : lines;
}

interface LogPart {
  readonly lines: readonly string[];
  /** There is more, which is not read. */
  readonly isCut: boolean;
}

async function readFile(
  page: string,
  file: string,
  isOver: boolean,
  { user, fetch: send }: DriverLogFacts,
  signal: AbortSignal,
): Promise<LogPart> {
  const nothing = { lines: [], isCut: false };
  const url = logFileUrl(page, file, user);
  if (url === undefined) return nothing;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await send(url, { headers: { accept: 'text/plain' }, signal: limit });
    const answer = await firstBytes(response, maxBytes + frameBytes);
    if (!response.ok) return nothing;
    return { lines: logLines(answer, isOver), isCut: answer.length > maxBytes };
  } catch {
    return nothing; // the node is busy or gone: the next look may have more luck
  }
}
