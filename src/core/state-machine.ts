/** For every state, the states that may follow it. */
export type Transitions<State extends string> = Readonly<Record<State, readonly State[]>>;

/** Holds one state and allows only the moves of its table. */
export class StateMachine<State extends string> {
  readonly #transitions: Transitions<State>;
  #state: State;

  constructor(transitions: Transitions<State>, initial: State) {
    this.#transitions = transitions;
    this.#state = initial;
  }

  get state(): State {
    return this.#state;
  }

  is(...states: readonly State[]): boolean {
    return states.includes(this.#state);
  }

  /** For a move that only a bug could make illegal. */
  to(next: State): void {
    if (!this.tryTo(next)) throw new Error(`illegal move from ${this.#state} to ${next}`);
  }

  /** For a move that races with another: says whether it was made. */
  tryTo(next: State): boolean {
    if (!this.#transitions[this.#state].includes(next)) return false;
    this.#state = next;
    return true;
  }
}
