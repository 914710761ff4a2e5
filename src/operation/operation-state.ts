import type { Transitions } from '../core/state-machine.ts';

/** States of one operation, with the names that clients know. */
export type OperationState =
  'initialized' | 'pending' | 'running' | 'finished' | 'canceled' | 'timedout' | 'error' | 'closed';

/** What may follow what (kyuubi-contract 5.1). `initialized` waits for the session's engine. */
export const operationTransitions: Transitions<OperationState> = {
  initialized: ['pending', 'running', 'finished', 'canceled', 'timedout', 'error', 'closed'],
  pending: ['running', 'finished', 'canceled', 'timedout', 'error', 'closed'],
  running: ['finished', 'canceled', 'timedout', 'error', 'closed'],
  finished: ['error', 'closed'], // incremental delivery: rows may still fail
  canceled: ['closed'],
  timedout: ['closed'],
  error: ['closed'],
  closed: [],
};

/** TOperationState's numbers (hiveserver2-wire 3.1). */
export const wireStates: Readonly<Record<OperationState, number>> = {
  initialized: 0,
  running: 1,
  finished: 2,
  canceled: 3,
  closed: 4,
  error: 5,
  pending: 7,
  timedout: 8,
};

export function stateOfWire(code: number): OperationState | undefined {
  const found = Object.entries(wireStates).find(([, number]) => number === code);
  return found?.[0] as OperationState | undefined; // the keys of wireStates are just the states
}

/** States in which an operation keeps its session from being idle. */
export function isAtWork(state: OperationState): boolean {
  return state === 'initialized' || state === 'pending' || state === 'running';
}
