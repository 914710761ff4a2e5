import { expect, test } from 'vitest';
import { intentBytes, parseIntent } from '../../../src/discovery/intent-json.ts';
import { newIntent } from './discovery-contract.ts';

test('an intent survives, with what a newer version has put in', () => {
  const intent = { ...newIntent(), jobRef: 'job', later: { a: 1 } };
  expect(parseIntent('/i', intentBytes(intent))).toEqual(intent);
});

test('an intent that cannot be read names its node and what to do', () => {
  for (const text of ['', '{', '[]', '{"tag":""}']) {
    expect(() => parseIntent('/intents/a', Buffer.from(text))).toThrow(
      expect.objectContaining({
        code: 'DISCOVERY_UNAVAILABLE',
        hint: expect.stringContaining('/intents/a') as string,
      }),
    );
  }
});
