import { GatewayError } from '../core/errors.ts';
import type { Engines } from './engines.ts';

/** The engines of the gateway's own host and of each cluster. */
export class EngineClusters {
  readonly #own: Engines;
  readonly #byName = new Map<string, Engines>();
  /** Why a cluster that is configured can't be used yet. */
  readonly #troubles = new Map<string, GatewayError>();

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
    this.#troubles.delete(cluster);
  }

  /** The cluster could not be set up. If it was at work before, it goes on as it was. */
  setTrouble(cluster: string, trouble: GatewayError): void {
    this.#troubles.set(cluster, trouble);
  }

  /** `undefined` names the gateway's own host. A cluster that was taken out of the configuration serves the sessions it has. */
  of(cluster: string | undefined): Engines {
    if (cluster === undefined) return this.#own;
    const engines = this.#byName.get(cluster);
    if (engines !== undefined) return engines;
    const cause = this.#troubles.get(cluster);
    const why = cause === undefined ? 'it is being set up' : cause.message;
    throw new GatewayError('ENGINE_LAUNCH_BUSY', `cluster ${cluster} can't be used yet: ${why}`, {
      cause,
      hint: 'The gateway goes on trying; its log says more.',
    });
  }
}
