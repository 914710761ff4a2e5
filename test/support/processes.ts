import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { watchOutput } from './secret-search.ts';
import { secretsIn } from './secrets.ts';

export interface StartOptions {
  readonly cwd?: string;
  /** The whole environment of the child: nothing is inherited that is not named here. */
  readonly env?: NodeJS.ProcessEnv;
  /** What the kernel sends the child when the test process dies without having stopped it. */
  readonly onParentDeath?: 'TERM' | 'KILL';
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunResult extends ExitStatus {
  readonly stdout: string;
  readonly stderr: string;
}

const running = new Set<StartedProcess>();

/** A child of the test whose output is kept whole, and which never outlives the test process. */
export class StartedProcess {
  readonly pid: number;
  readonly exited: Promise<ExitStatus>;
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #exit: ExitStatus | undefined;

  constructor(command: string, args: readonly string[], options: StartOptions) {
    // setpriv execs the command, so its pid is the command's own.
    const guarded = ['--pdeathsig', options.onParentDeath ?? 'KILL', command, ...args];
    const child = spawn('setpriv', guarded, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (child.pid === undefined) throw new Error(`${command} did not start`);
    this.pid = child.pid;
    this.#child = child;
    this.#name = command;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#notify();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#notify();
    });
    this.exited = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.#watch(args);
        this.#exit = { code, signal };
        running.delete(this);
        this.#notify();
        resolve(this.#exit);
      });
    });
    running.add(this);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** The first match in either stream; fails when the process ends or the limit passes before it. */
  waitFor(pattern: RegExp, limitMs: number, stream: 'stdout' | 'stderr' | 'both' = 'both') {
    return new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const text = stream === 'both' ? `${this.#stdout}\n${this.#stderr}` : this[stream];
        const match = pattern.exec(text);
        if (match !== null) return settle(() => resolve(match));
        if (this.#exit === undefined) return;
        settle(() =>
          reject(this.#failure(`ended (${JSON.stringify(this.#exit)}) without`, pattern)),
        );
      };
      const timer = setTimeout(
        () =>
          settle(() => reject(this.#failure(`printed within ${limitMs} ms nothing like`, pattern))),
        limitMs,
      );
      const settle = (finish: () => void) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        finish();
      };
      this.#listeners.add(look);
      look();
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** TERM, then KILL once the grace has passed. */
  async stop(graceMs = 10_000): Promise<ExitStatus> {
    if (this.#exit !== undefined) return this.#exit;
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** What a program was given as an argument it may quote: Java's drivers do so with their URL, in errors of their own. */
  #watch(args: readonly string[]): void {
    const given = secretsIn(args.join('\n'));
    for (const [name, text] of [
      ['output', this.#stdout],
      ['error', this.#stderr],
    ] as const) {
      const rest = given.reduce((left, secret) => left.replaceAll(secret, ''), text);
      watchOutput(`standard ${name} of ${this.#name}`, rest);
    }
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #failure(what: string, pattern: RegExp): Error {
    const tail = `${this.#stdout.slice(-2_000)}\n${this.#stderr.slice(-4_000)}`;
    return new Error(`${this.#name} (pid ${this.pid}) ${what} ${String(pattern)}:\n${tail}`);
  }
}

process.on('exit', () => {
  for (const child of running) child.signal('SIGKILL');
});

export function startProcess(
  command: string,
  args: readonly string[],
  options: StartOptions = {},
): StartedProcess {
  return new StartedProcess(command, args, options);
}

/** Runs a program to its end; it is killed when it takes longer than the limit. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: StartOptions & { readonly limitMs?: number } = {},
): Promise<RunResult> {
  const child = startProcess(command, args, options);
  const timer = setTimeout(() => child.signal('SIGKILL'), options.limitMs ?? 170_000);
  const exit = await child.exited;
  clearTimeout(timer);
  return { ...exit, stdout: child.stdout, stderr: child.stderr };
}

/** Ends whatever a test file started and did not stop: for its afterAll. */
export async function stopAllProcesses(): Promise<void> {
  await Promise.all([...running].map((child) => child.stop()));
}

export interface SeenProcess {
  readonly pid: number;
  readonly commandLine: string;
  /** When it began, in ticks since the machine did. */
  readonly startedAt: number;
}

/**
 * Every living process, other than this one, whose command line or environment names the marker; the
 * oldest first, which process ids don't tell: they begin again at the kernel's `pid_max`.
 */
export function processesNaming(marker: string): SeenProcess[] {
  const seen: SeenProcess[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const commandLine = readProc(pid, 'cmdline');
    const environment = readProc(pid, 'environ');
    if (commandLine === '') continue; // ended meanwhile, a zombie or a kernel thread
    if (commandLine.includes(marker) || environment.includes(marker))
      seen.push({ pid, commandLine, startedAt: startOf(pid) });
  }
  return seen.toSorted((a, b) => a.startedAt - b.startedAt);
}

function startOf(pid: number): number {
  const stat = readProc(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]); // field 22, proc(5)
}

/** Ends at once what is left; what has ended meanwhile is fine. */
export function killAll(processes: readonly SeenProcess[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

function readProc(pid: number, file: 'cmdline' | 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ''; // it ended between the listing and the reading
  }
}
