import type { DiscoveryLog } from '../discovery-log.ts';

/** Owns the promises that nobody waits for: they never fail into nowhere, and can be waited for at the end. */
export class BackgroundWork {
  readonly #log: DiscoveryLog;
  readonly #running = new Set<Promise<void>>();

  constructor(log: DiscoveryLog) {
    this.#log = log;
  }

  run(name: string, work: () => Promise<void>): void {
    const running = work()
      .catch((err: unknown) => this.#log.debug({ err, work: name }, 'background work ended early'))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
