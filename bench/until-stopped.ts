/** What was started and has to be stopped, the last one first, however a measurement ends. */
export class UntilStopped implements AsyncDisposable {
  readonly #stops: (() => unknown)[] = [];

  add(stop: () => unknown): void {
    this.#stops.push(stop);
  }

  /** Notes that this is to be stopped, and hands it back. */
  stopped<T extends { stop(): Promise<void> }>(started: T): T {
    this.add(() => started.stop());
    return started;
  }

  /** Hands all of it to another, so that it outlives this one. */
  move(): UntilStopped {
    const other = new UntilStopped();
    other.#stops.push(...this.#stops.splice(0));
    return other;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#stops.splice(0).toReversed()) {
      try {
        await stop();
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything was stopped well');
  }
}
