import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { addressList, clientAddressOf } from '../../../src/frontend/thrift/http/client-address.ts';

const trusted = addressList(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'], 'the.key');

function from(remoteAddress: string, headers: Record<string, string>): string {
  // What is looked at of a request.
  const request = { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
  return clientAddressOf(request, trusted, 'X-Real-IP');
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

  it.each(['10.0.0.0/33', 'example.com', '10.0.0.0/8/8', '10.0.0', 'fd00::/129', '10.0.0.0/x'])(
    'a trusted proxy is never %s',
    (network) => {
      expect(() => addressList([network], 'the.key')).toThrow(/the\.key/);
    },
  );
});
