import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { GatewayError } from '../../../core/errors.ts';

/** Reads addresses and networks; throws CONFIG_INVALID, naming the key, for what is neither. */
export function addressList(networks: readonly string[], key: string): BlockList {
  const addresses = new BlockList();
  for (const network of networks) {
    const [address = '', prefix, ...more] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const most = family === 'ipv6' ? 128 : 32;
    const length = prefix === undefined ? most : Number(prefix);
    const isLength = /^\d{1,3}$/.test(prefix ?? '0') && length <= most;
    if (isIP(address) === 0 || more.length > 0 || !isLength) {
      throw new GatewayError('CONFIG_INVALID', `${key}: ${network} is no address or network`, {
        hint: 'Write addresses such as 10.1.2.3, and networks such as 10.0.0.0/8 or fd00::/8.',
      });
    }
    addresses.addSubnet(address, length, family);
  }
  return addresses;
}

/** Where a request comes from: its socket's other end, or what a trusted proxy there says. */
export function clientAddressOf(
  request: IncomingMessage,
  trusted: BlockList,
  header: string,
): string {
  const peer = plain(request.socket.remoteAddress ?? '');
  if (!isIn(trusted, peer)) return peer;
  const named = request.headers[header.toLowerCase()];
  if (typeof named === 'string' && isIP(named.trim()) !== 0) return plain(named.trim());
  const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
  // The last ones were added by our own proxies; whatever stands before the first other one, anybody may have written.
  for (const hop of forwarded.map((each) => each.trim()).toReversed()) {
    if (isIP(hop) === 0) return peer;
    if (!isIn(trusted, plain(hop))) return plain(hop);
  }
  return peer;
}

function isIn(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** An IPv4 address as such, also where it came in by IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
