import { BlockList, isIP } from 'node:net';
import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

/** A set of IP addresses. */
export class AddressRanges {
  readonly #block: BlockList;

  constructor(block: BlockList) {
    this.#block = block;
  }

  /** False for what is no IP address. An IPv4 address in IPv6 form counts as itself. */
  has(address: string): boolean {
    const version = isIP(address);
    return version !== 0 && this.#block.check(address, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** Comma separated addresses and CIDR blocks. An empty text is the empty set. */
export const addressRanges = new KindOf<AddressRanges>(
  reading(parseRanges),
  'a comma separated list of IP addresses and blocks such as 10.0.0.0/8 or fd00::/8',
  true,
);

function parseRanges(from: string): AddressRanges | undefined {
  const block = new BlockList();
  for (const part of splitList(from)) {
    const [, address = '', prefix] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(part) ?? [];
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    if (version === 0 || length > bits) return undefined;
    block.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return new AddressRanges(block);
}
