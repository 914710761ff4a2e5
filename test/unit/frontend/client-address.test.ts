import { describe, expect, it } from 'vitest';
import { addressRanges } from '../../../src/config/address-ranges.ts';
import { clientAddressOf } from '../../../src/frontend/thrift/http/client-address.ts';

const trusted = addressRanges.default('10.0.0.0/8,192.0.2.7,fd00::/8').unset;

function from(address: string, headers: Record<string, string>): string {
  return clientAddressOf(address, headers, trusted, 'X-Real-IP');
}

describe('the address of an HTTP client', () => {
  it.each([
    ['203.0.113.5', { 'x-real-ip': '198.51.100.1' }, '203.0.113.5'],
    ['203.0.113.5', { 'x-forwarded-for': '198.51.100.1' }, '203.0.113.5'],
    ['10.1.1.1', {}, '10.1.1.1'],
    ['10.1.1.1', { 'x-real-ip': '198.51.100.1' }, '198.51.100.1'],
    ['::ffff:10.1.1.1', { 'x-real-ip': '198.51.100.1' }, '198.51.100.1'],
    ['fd00::1', { 'x-real-ip': '2001:db8::5' }, '2001:db8::5'],
    ['10.1.1.1', { 'x-real-ip': 'nonsense' }, '10.1.1.1'],
    ['10.1.1.1', { 'x-forwarded-for': '6.6.6.6, 198.51.100.1, 10.2.2.2' }, '198.51.100.1'],
    ['192.0.2.7', { 'x-forwarded-for': '6.6.6.6, nonsense' }, '192.0.2.7'],
    ['192.0.2.8', { 'x-forwarded-for': '6.6.6.6' }, '192.0.2.8'],
  ])('%s with %j is %s', (peer, headers, expected) => {
    expect(from(peer, headers)).toBe(expected);
  });
});
