import { expect, test } from 'vitest';
import { AddressList } from '../../../src/config/address-list.ts';

test.each([
  [['10.0.0.1'], '10.0.0.1', true],
  [['10.0.0.1'], '10.0.0.10', false],
  [['10.0.0.0/30'], '10.0.0.3', true],
  [['10.0.0.0/30'], '10.0.0.4', false],
  [['0.0.0.0/0'], '192.0.2.1', true],
  [['0.0.0.0/0'], '::1', false],
  [['2001:db8::/32'], '2001:db8:1::5', true],
  [['2001:DB8::1'], '2001:db8:0:0:0:0:0:1', true],
  [['*'], 'anything', true],
  [['localhost'], '127.0.0.1', false],
  [[], '127.0.0.1', false],
  [['10.0.0.0/8'], '', false],
])('%j holds %s: %s', (parts, address, expected) => {
  expect(AddressList.parse(parts)?.includes(address)).toBe(expected);
});

test('names are kept for whoever can look them up', () => {
  expect(AddressList.parse(['10.0.0.1', 'a.example.com', 'b-1'])?.names).toEqual([
    'a.example.com',
    'b-1',
  ]);
});

test.each(['10.0.0', '10.0.0.256', '10.0.0.0/33', '::/129', '1.2.3.4/', 'a b', 'a..b', '-a'])(
  '%s is none of these',
  (part) => {
    expect(AddressList.parse([part])).toBeUndefined();
  },
);
