import { ApiError } from './api-error.ts';
import type { ContainerStatus, Pod } from './pod.ts';

interface LogLine {
  readonly atMs: number;
  readonly text: string;
}

/** What one container has printed, from its beginning; kept after its end. */
export class ContainerLog {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<() => void>();
  #isEnded = false;

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  get text(): string {
    return this.#lines.map(({ text }) => `${text}\n`).join('');
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  add(text: string): void {
    this.#lines.push({ atMs: Date.now(), text });
    this.#tell();
  }

  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export interface LogAsk {
  readonly container: string;
  readonly isFollow: boolean;
  readonly isPrevious: boolean;
  readonly hasTimes: boolean;
  readonly tailLines: number | undefined;
  readonly sinceMs: number | undefined;
  readonly limitBytes: number | undefined;
}

/** Refuses what a kubelet would refuse: no such container, or one that has not started. */
export function readLogAsk(pod: Pod, query: URLSearchParams): LogAsk {
  const names = [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map(
    ({ name }) => name,
  );
  const asked = query.get('container');
  const { name: pods } = pod.metadata;
  if (asked === null && names.length > 1) {
    throw new ApiError(
      400,
      `a container name must be specified for pod ${pods}, choose one of: [${names.join(' ')}]`,
    );
  }
  const container = asked ?? names[0] ?? '';
  if (!names.includes(container))
    throw new ApiError(400, `container ${container} is not valid for pod ${pods}`);
  const statuses: readonly ContainerStatus[] = [
    ...(pod.status.initContainerStatuses ?? []),
    ...(pod.status.containerStatuses ?? []),
  ];
  const status = statuses.find(({ name }) => name === container);
  if (status === undefined || ('waiting' in status.state && status.restartCount === 0)) {
    const why =
      status !== undefined && 'waiting' in status.state
        ? waitingText(status.state.waiting.reason)
        : 'not scheduled yet';
    throw new ApiError(400, `container "${container}" in pod "${pods}" is ${why}`);
  }
  const seconds = query.get('sinceSeconds');
  const since = query.get('sinceTime');
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined);
  return {
    container,
    isFollow: isTrue(query.get('follow')),
    isPrevious: isTrue(query.get('previous')),
    hasTimes: isTrue(query.get('timestamps')),
    tailLines: number('tailLines'),
    sinceMs:
      seconds === null
        ? since === null
          ? undefined
          : Date.parse(since)
        : Date.now() - Number(seconds) * 1_000,
    limitBytes: number('limitBytes'),
  };
}

function waitingText(reason: string): string {
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
    return 'waiting to start: trying and failing to pull image';
  return `waiting to start: ${reason}`;
}

const isTrue = (value: string | null) => value === 'true' || value === '1';

/** A log as one reader gets it. */
export interface LogReading {
  /** Gives back what stops it. */
  pipe(write: (text: string) => void, end: () => void): () => void;
}

export interface LogSource {
  read(pod: Pod, ask: LogAsk): LogReading;
}

export function readLog(log: ContainerLog, ask: LogAsk): LogReading {
  return {
    pipe: (write, end) => {
      let at = firstLine(log, ask);
      let left = ask.limitBytes ?? Infinity;
      const flush = () => {
        for (; at < log.lines.length && left > 0; at += 1) {
          const line = log.lines[at];
          if (line === undefined) break;
          const time = ask.hasTimes ? `${new Date(line.atMs).toISOString()} ` : '';
          const text = `${time}${line.text}\n`.slice(0, left);
          left -= text.length;
          write(text);
        }
        if (!ask.isFollow || log.isEnded || left <= 0) {
          stop();
          end();
        }
      };
      const stop = log.onChange(flush);
      flush();
      return stop;
    },
  };
}

function firstLine(log: ContainerLog, { tailLines, sinceMs }: LogAsk): number {
  const since = sinceMs === undefined ? 0 : log.lines.findIndex(({ atMs }) => atMs >= sinceMs);
  const from = since < 0 ? log.lines.length : since;
  return tailLines === undefined ? from : Math.max(from, log.lines.length - tailLines);
}
