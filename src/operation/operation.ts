import type { GatewayError } from '../core/errors.ts';
import { bytesToUuid, engineHandleSecret } from '../core/handle.ts';
import type { HandleId } from '../core/handle.ts';
import type { Owner } from '../core/owner.ts';
import { StateMachine } from '../core/state-machine.ts';
import type { FixedResult } from './fixed-result.ts';
import { isAtWork, operationTransitions } from './operation-state.ts';
import type { OperationState } from './operation-state.ts';

/** TOperationType's numbers. */
export const operationTypes = { statement: 0, unknown: 8 } as const;

/** Where an operation's rows come from. */
export type OperationSource =
  | { readonly kind: 'engine' }
  /** The gateway made the result itself. */
  | { readonly kind: 'gateway'; result: FixedResult }
  /** The start of the session's engine. */
  | { readonly kind: 'launch'; result: () => FixedResult };

export interface OperationFacts {
  readonly id: HandleId;
  readonly type: number;
  readonly source: OperationSource;
  /** Session that it belongs to; who owns that may touch the operation. */
  readonly sessionId: string;
  readonly owner: Owner;
  readonly nowMs: number;
}

/** One statement, metadata call or launch, as clients see it. */
export class Operation {
  readonly id: HandleId;
  readonly type: number;
  readonly source: OperationSource;
  readonly sessionId: string;
  readonly owner: Owner;
  readonly startedMs: number;
  readonly #state = new StateMachine<OperationState>(operationTransitions, 'initialized');
  #completedMs = 0;
  #error: GatewayError | undefined;
  #changed: (() => void)[] = [];
  lastUsedMs: number;
  /** The beginning of its text, as its client sent it. */
  statement: Buffer | undefined;
  /** SQLSTATE of a failure that the engine tells of itself. */
  engineSqlState: string | undefined;
  /** Told once, when the operation is at work no more. */
  onEnd: (() => void) | undefined;
  hasResultSet = true;
  /** The operation's handle on the engine; ours was given to it with the statement. */
  engineHandle: HandleId;
  /** The engine has said that it has the operation: what is asked of it goes there. */
  isOnEngine = false;
  /** Lines of the launch log that were read through this operation. */
  launchLogCursor = 0;
  /** Rows of a result made here that were fetched. */
  rowsFetched = 0;

  constructor(facts: OperationFacts) {
    this.id = facts.id;
    this.type = facts.type;
    this.source = facts.source;
    this.sessionId = facts.sessionId;
    this.owner = facts.owner;
    this.startedMs = facts.nowMs;
    this.lastUsedMs = facts.nowMs;
    this.engineHandle = { guid: facts.id.guid, secret: engineHandleSecret };
  }

  get uuid(): string {
    return bytesToUuid(this.id.guid);
  }

  get state(): OperationState {
    return this.#state.state;
  }

  get error(): GatewayError | undefined {
    return this.#error;
  }

  /** Epoch milliseconds; 0 while at work. */
  get completedMs(): number {
    return this.#completedMs;
  }

  /** Moves on where the table allows it; says whether it did. */
  moveTo(state: OperationState, nowMs: number, error?: GatewayError): boolean {
    if (!this.#state.tryTo(state)) return false;
    if (this.#completedMs === 0 && !isAtWork(state)) this.#completedMs = nowMs;
    if (error !== undefined) this.#error = error;
    if (!isAtWork(state)) this.#tellEnd();
    this.wake();
    return true;
  }

  #tellEnd(): void {
    const { onEnd } = this;
    this.onEnd = undefined;
    onEnd?.();
  }

  /** Lets whoever waits for a change look again. */
  wake(): void {
    for (const wake of this.#changed.splice(0)) wake();
  }

  /** Resolves at the next change, or after `limitMs`. */
  async changed(limitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changed.push(resolve);
    const timer = setTimeout(resolve, limitMs);
    await promise;
    clearTimeout(timer);
    this.#changed = this.#changed.filter((each) => each !== resolve);
  }
}
