import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StateMachine } from '../../../src/core/state-machine.ts';
import type { Transitions } from '../../../src/core/state-machine.ts';
import { laneTransitions } from '../../../src/engine/engine-lane.ts';
import { arrivalTransitions } from '../../../src/frontend/thrift/arrival-state.ts';
import { clientTransitions } from '../../../src/frontend/thrift/client-state.ts';
import { operationTransitions } from '../../../src/operation/operation-state.ts';
import { sessionTransitions } from '../../../src/session/session-state.ts';

const tables: Record<string, Transitions<string>> = {
  session: sessionTransitions,
  operation: operationTransitions,
  lane: laneTransitions,
  arrival: arrivalTransitions,
  client: clientTransitions,
};

describe.each(Object.entries(tables))('the %s table', (_, table) => {
  const states = Object.keys(table);

  it('names only states that it has', () => {
    for (const next of Object.values(table).flat()) expect(states).toContain(next);
  });

  it('has one final state, and it can be reached from every other', () => {
    const final = states.filter((state) => table[state]?.length === 0);
    expect(final).toEqual(['closed']);
    for (const start of states) {
      const reached = new Set([start]);
      for (const state of reached) for (const next of table[state] ?? []) reached.add(next);
      expect(reached).toContain('closed');
    }
  });

  it('makes the moves of the table and no others, whatever is tried', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...states)), (moves) => {
        const machine = new StateMachine(table, states[0] ?? '');
        for (const move of moves) {
          const before = machine.state;
          const isLegal = table[before]?.includes(move) ?? false;
          expect(machine.tryTo(move)).toBe(isLegal);
          expect(machine.state).toBe(isLegal ? move : before);
        }
      }),
    );
  });
});
