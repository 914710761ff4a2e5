import { spawn, type ChildProcess } from 'node:child_process';
import type { FileHandle } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { FailureReason, type ReasonLimits } from '../failure-reason.ts';
import type { Redact } from '../launch-redaction.ts';
import type { LaunchState, LaunchTag } from '../launcher.ts';
import type { LaunchCommand } from '../spark-submit-args.ts';
import { lastLines } from './log-tail.ts';
import { hasGroup, signalTree } from '../process-group.ts';

export type EndedState = Extract<LaunchState, { kind: 'ended' }>;

export interface ProcessFacts {
  readonly tag: LaunchTag;
  readonly command: LaunchCommand;
  readonly environment: Readonly<Record<string, string>>;
  readonly directory: string;
  readonly logPath: string;
  /** How long it has between being asked to end and being killed. */
  readonly destroyTimeoutMs: number;
  readonly reasonLimits: ReasonLimits;
  /** For what is told of its log. */
  readonly redact: Redact;
}

/** The end of a log that is searched for the reason. */
const searchedBytes = 1024 * 1024;

/** One engine's process, from its start to its end. */
export class LaunchProcess {
  readonly facts: ProcessFacts;
  readonly pid: number;
  /** Resolves when it has ended and its log has been searched for the reason. */
  readonly ended: Promise<EndedState>;
  readonly #clock: Clock;
  #exited = false;
  #hasCrashed = false;
  #state: EndedState | undefined;
  #isSettled = false;
  #killAsked = false;

  private constructor(facts: ProcessFacts, child: ChildProcess, pid: number, clock: Clock) {
    this.facts = facts;
    this.pid = pid;
    this.#clock = clock;
    const exit = new Promise<EndedState>((resolve, reject) => {
      child.once('exit', (code, signal) => {
        this.#exited = true;
        this.#hasCrashed = isCrash(code, signal);
        this.#describeEnd(code, signal).then(resolve, reject);
      });
    });
    this.ended = exit.then((state) => (this.#state = state));
  }

  /** Rejects with the system's error when nothing could be started. The log's handle is closed in any case. */
  static async start(facts: ProcessFacts, log: FileHandle, clock: Clock): Promise<LaunchProcess> {
    try {
      // A process group of its own: its end takes all of it along, and a Ctrl-C in the gateway's terminal does not.
      const child = spawn(facts.command.executable, facts.command.args, {
        cwd: facts.directory,
        env: { ...facts.environment },
        stdio: ['ignore', log.fd, log.fd],
        detached: true,
      });
      const { pid } = child;
      if (pid === undefined) {
        throw await new Promise<Error>((resolve) => child.once('error', resolve));
      }
      child.on('error', () => undefined); // a signal that could not be sent; its end is still told
      child.unref(); // an engine may outlive the gateway
      return new LaunchProcess(facts, child, pid, clock);
    } finally {
      await log.close();
    }
  }

  get tag(): LaunchTag {
    return this.facts.tag;
  }

  get hasExited(): boolean {
    return this.#exited;
  }

  /** The JVM itself failed, not what ran in it. */
  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  get state(): LaunchState {
    return this.#state ?? { kind: 'running' };
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  settle(): void {
    this.#isSettled = true;
  }

  /** Asks it to end, and kills it and all that it started when it does not. */
  async kill(signal: AbortSignal): Promise<void> {
    if (this.#exited) return;
    this.#killAsked = true;
    signalTree(this.pid, 'SIGTERM');
    const over = new AbortController();
    try {
      const either = AbortSignal.any([signal, over.signal]);
      await Promise.race([this.ended, this.#clock.sleep(this.facts.destroyTimeoutMs, either)]);
    } finally {
      over.abort();
    }
    // Its children, too, when it ended itself: nothing else is in this group.
    signalTree(this.pid, 'SIGKILL');
    await this.ended;
    // Its last children need a moment. Not more: a dead one that nobody reaps stays in the group for ever.
    for (let tries = 0; tries < 20 && hasGroup(this.pid); tries++) {
      await this.#clock.sleep(10, signal);
    }
  }

  /** For a stop that has run out of time. */
  killNow(): void {
    if (!this.#exited) signalTree(this.pid, 'SIGKILL');
  }

  async #describeEnd(code: number | null, signal: NodeJS.Signals | null): Promise<EndedState> {
    if (this.#killAsked) {
      return { kind: 'ended', outcome: 'killed', reason: `launch ${this.tag} was told to end` };
    }
    if (code === 0) {
      const reason = this.#isSettled
        ? 'the engine has ended'
        : `the engine ended with exit code 0 before it registered. See more: ${this.facts.logPath}`;
      return { kind: 'ended', outcome: 'succeeded', reason };
    }
    const how =
      signal === null ? `ended with exit code ${code}` : `was ended by ${signal}${hint(signal)}`;
    const why = await this.#searchLog();
    return { kind: 'ended', outcome: 'failed', reason: `the engine's process ${how}: ${why}` };
  }

  async #searchLog(): Promise<string> {
    const { logPath, reasonLimits, redact } = this.facts;
    const reason = new FailureReason(reasonLimits);
    const lines = await lastLines(logPath, searchedBytes).catch(() => []);
    // Line by line: a reason that is cut could end in half a secret.
    for (const line of lines) reason.add(redact(line));
    return reason.text(logPath);
  }
}

function isCrash(code: number | null, signal: NodeJS.Signals | null): boolean {
  return code === 134 || signal === 'SIGABRT' || signal === 'SIGBUS' || signal === 'SIGSEGV';
}

function hint(signal: NodeJS.Signals): string {
  return signal === 'SIGKILL' ? ' (perhaps this host has run out of memory)' : '';
}
