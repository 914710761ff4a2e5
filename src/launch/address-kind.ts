import { BlockList, isIPv6 } from 'node:net';

const loopback = blocks(['127.0.0.0/8', '::1/128', '0.0.0.0/32', '::/128']);
/** Those of private networks, carriers' ones (which VPCs use for pods) and links included. */
const internal = blocks([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]);

export function isLoopback(address: string): boolean {
  return loopback.check(address, familyOf(address));
}

export function isPrivate(address: string): boolean {
  return internal.check(address, familyOf(address));
}

/** Whether the address is in the block, e.g. `10.0.0.0/8`; no text that is no block has any. */
export function isInBlock(address: string, block: string): boolean {
  // Node's lists take every IPv4 address for one of ::ffff:0:0/96 as well.
  if (isIPv6(address) !== block.includes(':')) return false;
  try {
    return blocks([block]).check(address, familyOf(address));
  } catch {
    return false;
  }
}

/** The first and the last address of an IPv4 block. */
export function endsOfBlock(block: string): readonly [string, string] {
  const [network = '', length = '32'] = block.split('/');
  const bits = network.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(bits / size) * size;
  return [dotted(first), dotted(first + size - 1)];
}

/** An address of an IPv4 block that one host may have: the last one of a subnet means all of them. */
export function hostOfBlock(block: string): string {
  const [network = '', length = '32'] = block.split('/');
  const [first] = endsOfBlock(block);
  return Number(length) > 30 ? network : first.replace(/\d+$/, (last) => String(Number(last) + 1));
}

function dotted(bits: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
}

function blocks(all: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of all) {
    const [network = '', length] = block.split('/');
    list.addSubnet(network, Number(length), familyOf(network));
  }
  return list;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
