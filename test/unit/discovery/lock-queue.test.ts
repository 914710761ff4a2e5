import { expect, test } from 'vitest';
import { lockTurn } from '../../../src/discovery/zookeeper/lock-queue.ts';

const names = ['_c_zz-lock-0000000003', '_c_aa-lock-0000000005', '_c_mm-lock-0000000004', 'other'];

test('the lowest number is first, whatever stands before it', () => {
  expect(lockTurn(names, '_c_zz-lock-0000000003')).toEqual({ kind: 'first' });
});

test('each waits for the one just before it', () => {
  const before = { kind: 'behind', name: '_c_mm-lock-0000000004' };
  expect(lockTurn(names, '_c_aa-lock-0000000005')).toEqual(before);
});

test('a node that was taken away has no turn', () => {
  expect(lockTurn(names, '_c_bb-lock-0000000001')).toEqual({ kind: 'missing' });
});
