import { BlockList, isIP } from 'node:net';

/** A set of addresses: single ones, networks as `10.0.0.0/8`, `*` for all, and host names, which somebody else has to look up. */
export class AddressList {
  readonly isEverybody: boolean;
  /** What is neither an address nor a network. */
  readonly names: readonly string[];
  readonly #networks: BlockList;

  private constructor(isEverybody: boolean, names: readonly string[], networks: BlockList) {
    this.isEverybody = isEverybody;
    this.names = names;
    this.#networks = networks;
  }

  /** Undefined where a part can't be one of these. */
  static parse(parts: readonly string[]): AddressList | undefined {
    const networks = new BlockList();
    const names: string[] = [];
    for (const part of parts) {
      if (part === '*' || addTo(networks, part)) continue;
      if (!hostName.test(part)) return undefined;
      names.push(part);
    }
    return new AddressList(parts.includes('*'), Object.freeze(names), networks);
  }

  /** Whether the list holds this address; its names are not asked. */
  includes(address: string): boolean {
    const family = isIP(address);
    return (
      this.isEverybody ||
      (family !== 0 && this.#networks.check(address, family === 4 ? 'ipv4' : 'ipv6'))
    );
  }
}

/** The last label of a name is never a number: `10.0.0` and `10.0.0.0/33` are mistakes. */
const hostName = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)*[a-z_](?:[a-z0-9_-]{0,62})$/i;

/** Adds an address or a network; says whether the text was one. */
function addTo(networks: BlockList, part: string): boolean {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? [];
  const family = isIP(address);
  if (family === 0) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const bits = prefix === undefined ? undefined : Number(prefix);
  if (bits === undefined) networks.addAddress(address, type);
  else if (bits <= (family === 4 ? 32 : 128)) networks.addSubnet(address, bits, type);
  else return false;
  return true;
}
