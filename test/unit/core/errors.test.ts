import { describe, expect, it } from 'vitest';
import { errorTable, GatewayError, messageOf, toGatewayError } from '../../../src/core/errors.ts';

describe('the table of errors', () => {
  it('has a five-character SQLSTATE and a code of its own for each', () => {
    const facts = Object.values(errorTable);
    for (const { sqlState } of facts) expect(sqlState).toMatch(/^[0-9A-Z]{5}$/);
    expect(new Set(facts.map(({ errorCode }) => errorCode)).size).toBe(facts.length);
  });
});

describe('GatewayError', () => {
  it('takes an engine’s own SQLSTATE in place of the table’s', () => {
    const error = new GatewayError('ENGINE_REFUSED', 'no', { facts: { sqlState: '42704' } });
    expect(error.facts).toMatchObject({ sqlState: '42704', errorCode: 90306 });
  });

  it('shows its hint behind its message', () => {
    expect(messageOf(new GatewayError('INTERNAL', 'a', { hint: 'b' }))).toBe('a\nHint: b');
  });

  it('is made of whatever was thrown, which stays its cause', () => {
    const thrown = new TypeError('x');
    expect(toGatewayError(thrown)).toMatchObject({ code: 'INTERNAL', cause: thrown });
    const ours = new GatewayError('INTERNAL', 'y');
    expect(toGatewayError(ours)).toBe(ours);
  });
});
