import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import type { AddressList } from '../../../config/address-list.ts';
import { plainAddress } from '../plain-address.ts';

/** Where a request comes from: its connection's other end, or what a trusted proxy there says. */
export function clientAddressOf(
  connectionAddress: string,
  headers: IncomingHttpHeaders,
  trusted: AddressList,
  header: string,
): string {
  const peer = plainAddress(connectionAddress);
  if (!trusted.includes(peer)) return peer;
  const named = headers[header.toLowerCase()];
  if (typeof named === 'string' && isIP(named.trim()) !== 0) return plainAddress(named.trim());
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  // The last ones were added by our own proxies; whatever stands before the first other one, anybody may have written.
  for (const hop of forwarded.map((each) => plainAddress(each.trim())).toReversed()) {
    if (isIP(hop) === 0) return peer;
    if (!trusted.includes(hop)) return hop;
  }
  return peer;
}
