/** The names that a service has for the states of its jobs. */
export interface JobStates {
  /** From the first to the one in which the job runs. */
  readonly order: readonly string[];
  readonly succeeded: string;
  readonly failed: string;
  readonly cancelling: string;
  readonly cancelled: string;
}

/** How one job is to go. */
export interface JobPlan {
  /** How long it stays in a state, in milliseconds; Infinity until the test moves it on. */
  readonly times?: Readonly<Record<string, number>>;
  /** What the service says of a state that takes its time. */
  readonly details?: Readonly<Record<string, string>>;
  /** It fails in this state instead of leaving it. */
  readonly fails?: { readonly state: string; readonly details: string; readonly reason?: string };
  /** Its process is not started, even where processes are. */
  readonly isPretended?: boolean;
}

/** Why a job may not enter a state yet, and what the service shows meanwhile. */
export interface Gate {
  /** Another state than the one it is in. */
  readonly state?: string;
  readonly details: string;
}

interface JobLifeParts {
  readonly states: JobStates;
  readonly plan: JobPlan;
  readonly timers: Timers;
  readonly now: () => number;
  readonly gate: (next: string) => Gate | undefined;
  /** It has come to the state in which it runs. */
  readonly onRun: (life: JobLife) => void;
  /** It is to end what runs; called for a cancel. */
  readonly onCancel: (life: JobLife) => Promise<void>;
  readonly onEnd: (life: JobLife) => void;
}

/** One job on its way through its service's states. */
export class JobLife {
  readonly createdAtMs: number;
  state: string;
  details = '';
  updatedAtMs: number;
  runningAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** The service's word for why it failed, where it has such words. */
  failureReason: string | undefined;
  readonly #parts: JobLifeParts;
  /** Where in the order it is; a gate may show another state. */
  #place = 0;
  #isWaiting = false;

  constructor(parts: JobLifeParts) {
    this.#parts = parts;
    this.createdAtMs = parts.now();
    this.updatedAtMs = this.createdAtMs;
    this.state = parts.states.order[0] ?? '';
    this.#settle();
  }

  get hasEnded(): boolean {
    return this.endedAtMs !== undefined;
  }

  get isCancelling(): boolean {
    return this.state === this.#parts.states.cancelling;
  }

  get isRunning(): boolean {
    return this.runningAtMs !== undefined && !this.hasEnded;
  }

  /** Goes on past a gate that has opened meanwhile. */
  look(): void {
    if (this.#isWaiting) this.#leave();
  }

  /** On to the next state at once, whatever the plan's times say. */
  moveOn(): void {
    this.#leave();
  }

  succeed(details = ''): void {
    this.#end(this.#parts.states.succeeded, details);
  }

  fail(details: string, reason?: string): void {
    if (!this.hasEnded) this.failureReason = reason;
    this.#end(this.#parts.states.failed, details);
  }

  cancel(details = ''): void {
    const { states, plan, timers } = this.#parts;
    if (this.hasEnded || this.isCancelling) return;
    const wasRunning = this.isRunning;
    this.#show(states.cancelling, details);
    const finish = () => this.#end(states.cancelled, details);
    const stop = () => (wasRunning ? this.#parts.onCancel(this) : Promise.resolve());
    timers.after(plan.times?.[states.cancelling] ?? 0, () => void stop().then(finish));
  }

  #settle(): void {
    const { states, plan, timers } = this.#parts;
    const state = states.order[this.#place] ?? '';
    this.#show(state, plan.details?.[state] ?? '');
    const isRun = this.#place === states.order.length - 1;
    const doomed = plan.fails?.state === state ? plan.fails : undefined;
    if (isRun) {
      this.runningAtMs = this.#parts.now();
      if (doomed === undefined) this.#parts.onRun(this);
    }
    const stay = plan.times?.[state] ?? (isRun && doomed === undefined ? Infinity : 0);
    timers.after(stay, () => {
      if (this.#place !== states.order.indexOf(state) || this.hasEnded || this.isCancelling) return;
      if (doomed !== undefined) this.fail(doomed.details, doomed.reason);
      else if (isRun) this.succeed();
      else this.#leave();
    });
  }

  #leave(): void {
    const { states, gate } = this.#parts;
    if (this.hasEnded || this.isCancelling) return;
    const next = states.order[this.#place + 1];
    if (next === undefined) return this.succeed();
    const closed = gate(next);
    this.#isWaiting = closed !== undefined;
    if (closed !== undefined) {
      const shown = closed.state ?? this.state;
      if (shown !== this.state || closed.details !== this.details)
        this.#show(shown, closed.details);
      return;
    }
    this.#place += 1;
    this.#settle();
  }

  #show(state: string, details: string): void {
    this.state = state;
    this.details = details;
    this.updatedAtMs = this.#parts.now();
  }

  #end(state: string, details: string): void {
    if (this.hasEnded) return;
    this.#show(state, details);
    this.#isWaiting = false;
    this.endedAtMs = this.#parts.now();
    this.#parts.onEnd(this);
  }
}

/** What is to happen later, and never once the stand-in has stopped. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  #isStopped = false;

  after(ms: number, act: () => void): void {
    if (ms === Infinity || this.#isStopped) return;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      act();
    }, ms);
    this.#pending.add(timer);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#pending) clearTimeout(timer);
  }
}

/** The plans that a test has for jobs to come; by `service` and the input of the call that starts them. */
export class JobPlans {
  readonly #planned: {
    readonly matches: (service: string, input: Readonly<Record<string, unknown>>) => boolean;
    readonly plan: JobPlan;
    left: number;
  }[] = [];
  readonly #default: JobPlan;

  constructor(otherwise: JobPlan) {
    this.#default = otherwise;
  }

  /** The next so many matching jobs go so; all of them when no number is given. The newest plan that fits is taken. */
  add(
    matches: (service: string, input: Readonly<Record<string, unknown>>) => boolean,
    plan: JobPlan,
    times = Infinity,
  ): void {
    this.#planned.unshift({ matches, plan, left: times });
  }

  take(service: string, input: Readonly<Record<string, unknown>>): JobPlan {
    const found = this.#planned.find(({ left, matches }) => left > 0 && matches(service, input));
    if (found === undefined) return this.#default;
    found.left -= 1;
    return {
      ...found.plan,
      times: { ...this.#default.times, ...found.plan.times },
    };
  }
}
