import { notFound, AwsError } from './aws-error.ts';
import type { AwsService, Handler } from './aws-service.ts';
import type { DriverLog, LogStream } from './driver-log.ts';
import { textOf } from './input-text.ts';

interface LogEvent {
  readonly id: string;
  readonly stream: string;
  readonly timestamp: number;
  readonly message: string;
}

/** Log groups whose streams are what jobs print. */
export class CloudWatchLogs implements AwsService {
  readonly name = 'logs';
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly #groups = new Map<
    string,
    Map<string, { readonly log: DriverLog; readonly stream: LogStream }>
  >();

  constructor() {
    this.handlers = {
      FilterLogEvents: (input) => this.#filter(input),
      GetLogEvents: (input) => this.#get(input),
    };
  }

  add(group: string, name: string, log: DriverLog, stream: LogStream): void {
    const streams = this.#groups.get(group) ?? new Map<string, never>();
    streams.set(name, { log, stream });
    this.#groups.set(group, streams);
  }

  streams(group: string): string[] {
    return [...(this.#groups.get(group)?.keys() ?? [])];
  }

  #filter(input: Readonly<Record<string, unknown>>) {
    const names = input['logStreamNames'];
    const prefix = input['logStreamNamePrefix'];
    if (Array.isArray(names) && prefix !== undefined)
      throw new AwsError(
        'InvalidParameterException',
        'logStreamNames and logStreamNamePrefix cannot be specified together',
      );
    const pattern = textOf(input['filterPattern']).replaceAll('"', '');
    const events = [...this.#group(input).keys()]
      .filter((name) => !Array.isArray(names) || names.includes(name))
      .filter((name) => prefix === undefined || name.startsWith(textOf(prefix)))
      .flatMap((name) => this.#events(input, name))
      .filter(({ message }) => message.includes(pattern))
      .toSorted((a, b) => a.timestamp - b.timestamp);
    const { from, to } = pageOf(input, events.length);
    return {
      events: events.slice(from, to).map(({ id, stream, timestamp, message }) => ({
        ...{ eventId: id, logStreamName: stream, timestamp, message, ingestionTime: timestamp },
      })),
      searchedLogStreams: [],
      ...(to < events.length && { nextToken: `f/${to}` }),
    };
  }

  #get(input: Readonly<Record<string, unknown>>) {
    const name = textOf(input['logStreamName']);
    if (!this.#group(input).has(name))
      throw notFound('The specified log stream does not exist.', 400);
    const events = this.#events(input, name);
    const isFromHead = input['startFromHead'] === true || input['nextToken'] !== undefined;
    const limit = Number(input['limit'] ?? 10_000);
    const page = isFromHead
      ? pageOf(input, events.length)
      : { from: Math.max(0, events.length - limit), to: events.length };
    return {
      events: events.slice(page.from, page.to).map(({ timestamp, message }) => ({
        ...{ timestamp, message, ingestionTime: timestamp },
      })),
      // At the end of a stream the same token comes back.
      nextForwardToken: `f/${page.to}`,
      nextBackwardToken: `b/${page.from}`,
    };
  }

  #group(input: Readonly<Record<string, unknown>>) {
    const name = textOf(input['logGroupName'] ?? input['logGroupIdentifier']);
    const group = this.#groups.get(name.split(':log-group:').at(-1) ?? '');
    if (group === undefined) throw notFound('The specified log group does not exist.', 400);
    return group;
  }

  #events(input: Readonly<Record<string, unknown>>, name: string): LogEvent[] {
    const found = this.#group(input).get(name);
    const first = Number(input['startTime'] ?? 0);
    const last = Number(input['endTime'] ?? Infinity);
    return (found?.log.lines(found.stream) ?? [])
      .map(({ text, atMs }, at) => ({
        ...{ id: `${name}/${at}`, stream: name, timestamp: atMs, message: text },
      }))
      .filter(({ timestamp }) => timestamp >= first && timestamp < last);
  }
}

function pageOf(input: Readonly<Record<string, unknown>>, total: number) {
  const token = input['nextToken'];
  const found = token === undefined ? undefined : /^[fb]\/(\d+)$/.exec(textOf(token));
  if (found === null)
    throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.');
  const from = Math.min(Number(found?.[1] ?? 0), total);
  return { from, to: Math.min(total, from + Number(input['limit'] ?? 10_000)) };
}
