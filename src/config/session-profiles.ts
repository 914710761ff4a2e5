import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { GatewayError } from '../core/errors.ts';
import type { Settings } from './entry.ts';
import { ownName } from './key-audience.ts';
import { parseProperties } from './properties.ts';

export interface ProfileSource {
  readonly confDir: string;
  readonly reloadMs: number;
}

interface Remembered {
  readonly readAtMs: number;
  readonly settings: Promise<Settings>;
}

const most = 1000;

/** The advisor's layer, from kyuubi-session-<profile>.conf files, each remembered for a while. */
export class SessionProfiles {
  readonly #source: ProfileSource;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();

  constructor(source: ProfileSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Later profiles win. A client may name the profile, so a name is never a path, and a missing file is an error: an overlay is not shaken off by a misspelt name. */
  async read(profiles: readonly string[]): Promise<Settings> {
    const layers = await Promise.all(profiles.map((profile) => this.#readOne(profile)));
    return new Map(layers.flatMap((layer) => [...layer]));
  }

  #readOne(profile: string): Promise<Settings> {
    if (!/^[\w][\w.-]{0,99}$/.test(profile)) {
      throw new GatewayError(
        'CONFIG_INVALID',
        `'${profile.slice(0, 80)}' is not a session profile`,
      );
    }
    const known = this.#remembered.get(profile);
    const nowMs = this.#clock.monotonicMs();
    if (known !== undefined && nowMs - known.readAtMs < this.#source.reloadMs) {
      return known.settings;
    }
    const settings = readProfile(this.#source.confDir, profile);
    this.#remember(profile, { readAtMs: nowMs, settings });
    return settings;
  }

  #remember(profile: string, remembered: Remembered): void {
    if (this.#remembered.size >= most) this.#remembered.clear();
    this.#remembered.set(profile, remembered);
    remembered.settings.catch(() => this.#remembered.delete(profile)); // the reader is told; the next one tries again
  }
}

async function readProfile(confDir: string, profile: string): Promise<Settings> {
  try {
    const file = join(confDir, `kyuubi-session-${profile}.conf`);
    const settings = parseProperties(await readFile(file, 'utf8'));
    return new Map([...settings].map(([key, value]) => [ownName(key), value]));
  } catch (cause) {
    // the client sees this: it is told no path
    throw new GatewayError('CONFIG_INVALID', `cannot read the session profile '${profile}'`, {
      cause,
    });
  }
}
