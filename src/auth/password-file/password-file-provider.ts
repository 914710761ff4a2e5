import { createHmac, randomBytes } from 'node:crypto';
import type { PasswordFileConfig } from '../../config/gateway-config.ts';
import { passwordMatches, usualCost } from '../../core/password-hash.ts';
import type { PasswordHash } from '../../core/password-hash.ts';
import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../telemetry/log.ts';
import { loginRefused } from '../auth-provider.ts';
import type { AuthProvider, Principal } from '../auth-provider.ts';
import { FollowedFile } from '../followed-file.ts';
import { LoginCache } from '../login-cache.ts';
import { WorkSlots } from '../work-slots.ts';
import { parsePasswordLines } from './password-lines.ts';

/** Logins that wait for their hash; whoever comes on top of them would wait for minutes. */
const mostWaiting = 200;
/** Logins that are remembered; sites with more users have a directory. */
const mostRemembered = 10_000;

export interface PasswordFileParts {
  readonly clock: Clock;
  readonly log: Log;
}

type PasswordFileSettings = Pick<PasswordFileConfig, 'maxHashes' | 'cacheLifetimeMs'>;

/** Users and hashed passwords of one file, for small sites. */
export class PasswordFileProvider implements AuthProvider {
  readonly kind = 'PASSWORD_FILE';
  readonly #file: FollowedFile<ReadonlyMap<string, PasswordHash>>;
  readonly #slots: WorkSlots;
  readonly #cache: LoginCache;
  readonly #strangersKey = randomBytes(32);

  private constructor(
    file: FollowedFile<ReadonlyMap<string, PasswordHash>>,
    { maxHashes, cacheLifetimeMs }: PasswordFileSettings,
    clock: Clock,
  ) {
    this.#file = file;
    this.#slots = new WorkSlots({ running: maxHashes, waiting: mostWaiting });
    this.#cache = new LoginCache(cacheLifetimeMs, mostRemembered, clock);
  }

  /** Throws CONFIG_INVALID where the file can't be used. */
  static async open(
    path: string,
    settings: PasswordFileSettings,
    { clock, log }: PasswordFileParts,
  ): Promise<AuthProvider> {
    const parse = parsePasswordLines;
    const file = await FollowedFile.open({ path, isGuarded: true, parse, log });
    return new PasswordFileProvider(file, settings, clock);
  }

  async authenticate(user: string, password: string, signal: AbortSignal): Promise<Principal> {
    const users = await this.#file.current();
    const known = users.get(user);
    // Of the hash as it stands in the file now: a password that was changed there is good no longer.
    const remembered = known && `${known.hash.toString('base64')} ${user}`;
    if (remembered !== undefined && this.#cache.find(remembered, password) !== undefined) {
      return { user, isAuthenticated: true };
    }
    const kept = known ?? this.#decoy(user, users);
    const matches = await this.#slots.run(() => passwordMatches(password, kept), signal);
    if (remembered === undefined) throw loginRefused('no such user in the password file');
    if (!matches) throw loginRefused('wrong password');
    this.#cache.remember(remembered, password, user);
    return { user, isAuthenticated: true };
  }

  /**
   * What a stranger's password is compared with, so that time does not tell who is in the file: it costs what the hash of
   * some user costs, for one stranger always the same.
   */
  #decoy(user: string, users: ReadonlyMap<string, PasswordHash>): PasswordHash {
    const mark = createHmac('sha256', this.#strangersKey).update(user).digest();
    const costs = [...users.values()];
    const cost = costs[mark.readUInt32BE(0) % Math.max(costs.length, 1)] ?? usualCost;
    return { ...cost, salt: mark.subarray(0, 16), hash: mark };
  }
}
