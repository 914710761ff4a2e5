import type { Clock } from '../core/clock.ts';
import { GatewayError, toGatewayError } from '../core/errors.ts';
import type { Discovery, LaunchLock } from '../discovery/discovery.ts';
import type { LaunchLog } from './launch-log.ts';

export interface LeaderRoundsOptions {
  readonly cluster: string;
  readonly discovery: Discovery;
  /** Whoever holds it is the one gateway of the fleet that makes the rounds. */
  readonly lockPath: string;
  readonly periodMs: number;
  /** Its signal fires when the lock is lost or the rounds end. What it rejects with is logged, and the next round comes. */
  readonly round: (signal: AbortSignal) => Promise<unknown>;
  /** What the log says of this work. */
  readonly words: { readonly leads: string; readonly waits: string; readonly fails: string };
  readonly clock: Clock;
  readonly log: LaunchLog;
}

/** How long a gateway waits for the lock before it asks for it anew. */
const lockWaitMs = 3_600_000;
/** The same for a store that does not answer, or a cluster. */
const troubleWaitMs = 5_000;

/** Work that one gateway of a fleet does for all, again and again. */
export class LeaderRounds {
  readonly #options: LeaderRoundsOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #isLeader = false;
  #isWoken = false;
  #pause: AbortController | undefined;

  constructor(options: LeaderRoundsOptions) {
    this.#options = options;
  }

  /** Whether this gateway makes the rounds. */
  get isLeader(): boolean {
    return this.#isLeader;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new GatewayError('SHUTTING_DOWN', 'the gateway stops'));
    await this.#running;
  }

  /** The next round comes at once. */
  wake(): void {
    this.#isWoken = true;
    this.#pause?.abort(woken);
  }

  async #run(): Promise<void> {
    const { discovery, lockPath, words, clock, cluster, log } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const lock = await discovery.lock(lockPath, lockWaitMs, signal);
        await this.#lead(lock);
      } catch (thrown) {
        if (signal.aborted) return;
        log.debug({ cluster, err: toGatewayError(thrown) }, words.waits);
        await clock.sleep(troubleWaitMs, signal).catch(() => {});
      }
    }
  }

  async #lead(lock: LaunchLock): Promise<void> {
    const { clock, periodMs, round, words, cluster, log } = this.#options;
    const signal = AbortSignal.any([this.#stopping.signal, lock.lost]);
    this.#isLeader = true;
    log.info({ cluster }, words.leads);
    try {
      while (!signal.aborted) {
        const startedMs = clock.monotonicMs();
        this.#isWoken = false;
        await round(signal).catch((thrown: unknown) => {
          if (signal.aborted) return;
          log.warn({ cluster, err: toGatewayError(thrown) }, words.fails);
        });
        const leftMs = periodMs - (clock.monotonicMs() - startedMs);
        await this.#rest(Math.max(leftMs, 0), signal);
      }
    } finally {
      this.#isLeader = false;
      await lock.release().catch(() => {}); // lost already, or the store will notice
    }
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isWoken) return;
    this.#pause = new AbortController();
    const either = AbortSignal.any([signal, this.#pause.signal]);
    await this.#options.clock.sleep(ms, either).catch(() => {});
    this.#pause = undefined;
  }
}

const woken = new Error('there is something to do');
