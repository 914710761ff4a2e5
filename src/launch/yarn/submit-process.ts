import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../../core/clock.ts';
import { LineSplitter } from '../line-splitter.ts';
import { hasGroup, signalTree } from '../process-group.ts';

export interface SubmitCommand {
  readonly executable: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
}

/** How the process ended. */
export interface SubmitEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * A submission must not outlive the gateway that made it: nobody would know what it did. The gateway holds the other end of
 * this shell's standard input; when it closes, however the gateway ended, the shell takes its whole process group along.
 */
const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
{ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &
watch=$!
exec 3<&-
wait "$child"
code=$?
kill "$watch"
exit "$code"
`;

const graceMs = 2_000;
const pollMs = 50;

/**
 * Runs the command to its end and hands each line of its output on. When the signal fires, it is ended with all that it
 * started. Nothing of it runs any more once this has resolved; rejects only when it can't be started.
 */
export async function runSubmit(
  command: SubmitCommand,
  onLine: (line: string) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<SubmitEnd> {
  const { executable, args, environment, directory } = command;
  const child = spawn('/bin/sh', ['-c', guard, 'submit', executable, ...args], {
    cwd: directory,
    env: { ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw await new Promise<Error>((done) => child.once('error', done));
  child.on('error', () => undefined); // a signal that could not be sent: its end is still told
  child.stdin.on('error', () => undefined); // closed by the shell's end
  readLines(child.stdout, onLine);
  readLines(child.stderr, onLine);
  const closed = new Promise<SubmitEnd>((done) => {
    child.once('close', (code, by) => done({ code, signal: by }));
  });
  const onAbort = (): void => void endGroup(pid, clock);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const end = await closed;
    await endGroup(pid, clock);
    return end;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function endGroup(leader: number, clock: Clock): Promise<void> {
  if (!hasGroup(leader)) return;
  signalTree(leader, 'SIGTERM');
  const deadlineMs = clock.monotonicMs() + graceMs;
  while (hasGroup(leader) && clock.monotonicMs() < deadlineMs) await clock.sleep(pollMs);
  if (hasGroup(leader)) signalTree(leader, 'SIGKILL');
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  const splitter = new LineSplitter();
  stream.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) onLine(line);
  });
  stream.on('end', () => {
    for (const line of splitter.end()) onLine(line);
  });
}
