import type { Clock } from '../core/clock.ts';
import { untilAborted } from '../core/until-aborted.ts';

/** How often a service may be called: a token bucket as the service itself has one. */
export interface CallRate {
  readonly perSecond: number;
  /** Calls at once after a pause. */
  readonly burst: number;
}

/** After a call that was throttled all the same (others use the account too), the rate is so much lower. */
const slowerBy = 0.5;
const lowestShare = 0.05;
/** The rate grows back by this share of the full one in each second without a throttled call. */
const recoveryPerSecond = 0.05;

/** Keeps calls of one kind below a rate, in the order in which they were asked for. */
export class RateBucket {
  #rate: CallRate;
  readonly #clock: Clock;
  #share = 1;
  #tokens: number;
  #filledMs: number;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(rate: CallRate, clock: Clock) {
    this.#rate = rate;
    this.#clock = clock;
    this.#tokens = rate.burst;
    this.#filledMs = clock.monotonicMs();
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiting;
  }

  /** More may be called from now on; a lower rate changes nothing. */
  raise(rate: CallRate): void {
    if (rate.perSecond <= this.#rate.perSecond) return;
    this.#fill();
    this.#rate = rate;
  }

  /** Resolves when the call may be made; rejects with the signal's reason when it fires first. `onWait` hears how many wait before it. */
  async take(signal: AbortSignal, onWait: (ahead: number) => void = () => {}): Promise<void> {
    signal.throwIfAborted();
    if (this.#waiting > 0 || !this.#hasToken()) onWait(this.#waiting);
    this.#waiting++;
    const turn = this.#last.then(() => this.#wait(signal));
    this.#last = turn.catch(() => undefined); // the next one's turn comes whatever became of this one
    try {
      await untilAborted(turn, signal); // who gives up does not wait for those before it
    } finally {
      this.#waiting--;
    }
  }

  /** The service said that there were too many calls. */
  throttled(): void {
    this.#fill();
    this.#share = Math.max(lowestShare, this.#share * slowerBy);
    this.#tokens = Math.min(this.#tokens, 0);
  }

  async #wait(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.#hasToken()) {
      const missing = 1 - this.#tokens;
      const waitMs = (missing / (this.#rate.perSecond * this.#share)) * 1000;
      await this.#clock.sleep(Math.max(1, Math.ceil(waitMs)), signal);
    }
    this.#tokens -= 1;
  }

  #hasToken(): boolean {
    this.#fill();
    return this.#tokens >= 1;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const seconds = (nowMs - this.#filledMs) / 1000;
    this.#filledMs = nowMs;
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + seconds * perSecond * this.#share);
    this.#share = Math.min(1, this.#share + seconds * recoveryPerSecond);
  }
}

/** The buckets of a gateway: clusters of the same account and region share them. */
export class RateBuckets {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, RateBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * `place` stands for account and region, e.g. a service's address. Who asks for a higher rate raises it for all: what AWS
   * grants an account, it grants all its clusters.
   */
  of(place: string, operation: string, rate: CallRate): RateBucket {
    const key = JSON.stringify([place, operation]);
    const known = this.#buckets.get(key);
    if (known !== undefined) {
      known.raise(rate);
      return known;
    }
    const made = new RateBucket(rate, this.#clock);
    this.#buckets.set(key, made);
    return made;
  }
}
