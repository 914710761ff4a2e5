import { GatewayError } from '../core/errors.ts';
import type { Engines } from './engines.ts';

/** The engines of the gateway's own host and of each cluster. */
export class EngineClusters {
  readonly #own: Engines;
  readonly #byName = new Map<string, Engines>();

  constructor(own: Engines) {
    this.#own = own;
  }

  /** Searches under way on all of them. */
  get searching(): number {
    return [this.#own, ...this.#byName.values()].reduce((sum, each) => sum + each.searching, 0);
  }

  /** Adds a cluster, or puts another in its place: what sessions still hold of the old one goes on. */
  set(cluster: string, engines: Engines): void {
    this.#byName.set(cluster, engines);
  }

  /** `undefined` names the gateway's own host. A cluster that was taken out of the configuration serves the sessions it has. */
  of(cluster: string | undefined): Engines {
    if (cluster === undefined) return this.#own;
    const engines = this.#byName.get(cluster);
    if (engines !== undefined) return engines;
    throw new GatewayError('INVALID_ARGUMENT', `there is no cluster ${cluster}`);
  }
}
