import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock } from '../../core/clock.ts';
import type { LaunchTag } from '../launcher.ts';
import { signalTree } from '../process-group.ts';

/** A process of this host that carries a launch tag. */
export interface TaggedProcess {
  readonly pid: number;
  readonly tag: LaunchTag;
  /** The launch's log as its command line names it: says whose launch it was. */
  readonly logPath: string | undefined;
}

const pollMs = 100;
const tagPattern = /^spark\.kyuubi\.ha\.engine\.ref\.id=([\w.-]+)$/;
const logPattern = /^spark\.kyuubi\.engine\.engineLog\.path=(.+)$/s;

/** Every process of this host that carries a launch tag; throws where the host can't tell. */
export async function taggedProcesses(): Promise<readonly TaggedProcess[]> {
  const pids = await readdir('/proc').catch(() => undefined);
  if (pids === undefined || !pids.includes('self')) return processesByPs();
  const found = await Promise.all(pids.filter((name) => /^\d+$/.test(name)).map(readProcess));
  return found.filter((process) => process !== undefined);
}

/** Asks all processes that carry the tag to end, and kills those that do not in time. */
export async function endStrayTree(
  tag: LaunchTag,
  timeoutMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let asked: readonly number[] = [];
  for (;;) {
    // Read anew before every signal: an ended process's id may be another's by now.
    const carriers = (await taggedProcesses()).filter((process) => process.tag === tag);
    if (carriers.length === 0) return;
    const isOver = clock.monotonicMs() >= deadlineMs;
    for (const { pid } of carriers) {
      if (isOver) signalTree(pid, 'SIGKILL');
      else if (!asked.includes(pid)) signalTree(pid, 'SIGTERM');
    }
    asked = carriers.map(({ pid }) => pid);
    await clock.sleep(pollMs, signal);
  }
}

async function readProcess(pidText: string): Promise<TaggedProcess | undefined> {
  const commandLine = await readFile(`/proc/${pidText}/cmdline`, 'utf8').catch(() => '');
  return fromArguments(Number(pidText), commandLine.split('\0'));
}

async function processesByPs(): Promise<readonly TaggedProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,args='], {
    maxBuffer: 64 * 1024 * 1024,
  });
  const found = stdout.split('\n').map((line) => {
    const [, pid = '', args = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    return fromArguments(Number(pid), args.split(' '));
  });
  return found.filter((process) => process !== undefined);
}

export function fromArguments(pid: number, args: readonly string[]): TaggedProcess | undefined {
  const tag = firstMatch(args, tagPattern);
  return tag === undefined ? undefined : { pid, tag, logPath: firstMatch(args, logPattern) };
}

function firstMatch(args: readonly string[], pattern: RegExp): string | undefined {
  for (const arg of args) {
    const match = pattern.exec(arg)?.[1];
    if (match !== undefined) return match;
  }
  return undefined;
}
