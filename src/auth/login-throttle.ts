import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { ThrottleConfig } from '../config/gateway-config.ts';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { LoginCounts } from './login-counts.ts';

/** One login that is being checked; told once how it ended. */
export interface ThrottledAttempt {
  /** `user`: whom the login proved, where that was not known before. */
  succeeded(user: string): void;
  refused(): void;
  /** Nothing was found out: the client has left, or whoever is asked does not answer. */
  undecided(): void;
}

/**
 * Makes guessing passwords slow. Failures are counted by name, by address, and by both together; from a limit on, each costs
 * a time of refusal that doubles.
 *
 * - A name that was logged in from an address before is known there. There only failures of that name from that address
 *   count: whoever fails under the name elsewhere, or under other names from that address, does not lock it out.
 * - A success takes back the failures of that name from that address, and no others: one's own password does not make room
 *   for guessing others'.
 * - No more logins are checked at once than may fail before a refusal; the others wait for their ends. Otherwise a thousand
 *   guesses that come at once would all be checked before the first has failed.
 * - All that is kept is bounded in number, and names are kept as hashes, in lower case: a directory may take ALICE for alice.
 */
export class LoginThrottle {
  readonly #config: ThrottleConfig;
  readonly #users: LoginCounts;
  readonly #addresses: LoginCounts;
  readonly #pairs: LoginCounts;
  readonly #known: RecentMap<string, true>;

  constructor(config: ThrottleConfig, clock: Clock) {
    const { userFailures, addressFailures, maxEntries } = config;
    const counts = (limit: number | undefined): LoginCounts =>
      new LoginCounts(limit, config, clock);
    this.#config = config;
    this.#users = counts(userFailures);
    this.#addresses = counts(addressFailures);
    this.#pairs = counts(userFailures ?? addressFailures);
    this.#known = new RecentMap(maxEntries);
  }

  /**
   * Resolves when the login may be checked; throws `LOGIN_THROTTLED` where it may not, and the signal's reason when that
   * fires. An empty name (a token that tells its own) is not counted as a name.
   */
  async begin(user: string, address: string, signal: AbortSignal): Promise<ThrottledAttempt> {
    const { userFailures, addressFailures } = this.#config;
    if (userFailures === undefined && addressFailures === undefined) return unthrottled;
    const place = placeOf(address);
    const pair = pairKey(user, place);
    for (;;) {
      signal.throwIfAborted();
      const counted = this.#countedFor(user, place, pair);
      const waitMs = Math.max(...counted.map(({ counts, key }) => counts.refusedForMs(key)));
      if (waitMs > 0) throw throttled(waitMs);
      const full = counted.find(({ counts, key }) => counts.isFull(key));
      if (full === undefined) {
        for (const { counts, key } of counted) counts.begin(key);
        return this.#attempt(counted, pair, place);
      }
      await full.counts.changed(full.key, signal);
    }
  }

  #countedFor(user: string, place: string, pair: string): readonly Counted[] {
    const ofPair = { counts: this.#pairs, key: pair };
    if (this.#known.has(pair)) return [ofPair];
    const ofAddress = { counts: this.#addresses, key: place };
    return user === ''
      ? [ofAddress]
      : [ofPair, { counts: this.#users, key: nameKey(user) }, ofAddress];
  }

  #attempt(counted: readonly Counted[], pair: string, place: string): ThrottledAttempt {
    const end = (): void => {
      for (const { counts, key } of counted) counts.end(key);
    };
    return {
      succeeded: (user) => {
        const failures = this.#pairs.failuresOf(pair);
        for (const { counts, key } of counted) counts.takeBack(key, failures);
        this.#known.set(pairKey(user, place), true);
        end();
      },
      refused: () => {
        for (const { counts, key } of counted) counts.fail(key);
        end();
      },
      undecided: end,
    };
  }
}

interface Counted {
  readonly counts: LoginCounts;
  readonly key: string;
}

const unthrottled: ThrottledAttempt = {
  succeeded: () => {},
  refused: () => {},
  undecided: () => {},
};

function throttled(waitMs: number): GatewayError {
  const seconds = Math.ceil(waitMs / 1000);
  return new GatewayError('LOGIN_THROTTLED', 'Too many failed logins of this name or address', {
    hint: `Try again in ${seconds} s, with the right name and password.`,
  });
}

function pairKey(user: string, place: string): string {
  return `${nameKey(user)} ${place}`;
}

function nameKey(user: string): string {
  const folded = user.normalize('NFKC').trim().toLowerCase();
  return createHash('sha256').update(folded).digest('base64url');
}

/** Whoever has one address of IPv6 has a whole network of them: 64 bits count. */
function placeOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const all = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
