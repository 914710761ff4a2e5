import type { IpPermission } from '@aws-sdk/client-ec2';
import { isInBlock } from '../address-kind.ts';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The other end of a connection, as a rule of a security group sees it. */
export interface Peer {
  /** A rule holds for it when it has all of them. */
  readonly addresses: readonly string[];
  /** The security groups of the peer; undefined: nobody told. */
  readonly groups: readonly string[] | undefined;
}

/** Blocks of each prefix list; one that is missing could not be read. */
export type PrefixLists = ReadonlyMap<string, readonly string[]>;

/** `part`: some of the ports; `untold`: rules name groups or lists of which nothing is known. */
export type Reach =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'part'; readonly missing: readonly PortRange[] }
  | { readonly kind: 'untold'; readonly because: readonly string[] };

type Match = 'yes' | 'no' | { readonly untold: string };

/** Which of the TCP ports the rules of one direction open for the peer: the rules of all groups count together. */
export function reachOf(
  rules: readonly IpPermission[],
  peer: Peer,
  ports: PortRange,
  lists: PrefixLists,
): Reach {
  const open: PortRange[] = [];
  const perhaps: PortRange[] = [];
  const because = new Set<string>();
  for (const rule of rules) {
    const range = tcpPorts(rule);
    if (range === undefined) continue;
    for (const match of matchesOf(rule, peer, lists)) {
      if (match === 'yes') open.push(range);
      else if (match !== 'no') {
        perhaps.push(range);
        because.add(match.untold);
      }
    }
  }
  const missing = without(ports, open);
  if (missing.length === 0) return { kind: 'all' };
  if (missing.every((range) => without(range, perhaps).length === 0)) {
    return { kind: 'untold', because: [...because] };
  }
  const isNone =
    missing.length === 1 && missing[0]?.first === ports.first && missing[0].last === ports.last;
  return isNone ? { kind: 'none' } : { kind: 'part', missing };
}

export function portsText({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

function tcpPorts({ IpProtocol: protocol, FromPort, ToPort }: IpPermission): PortRange | undefined {
  if (protocol === '-1') return { first: 0, last: 65535 };
  if (protocol !== 'tcp' && protocol !== '6') return undefined;
  return { first: FromPort ?? 0, last: ToPort ?? 65535 };
}

function matchesOf(rule: IpPermission, peer: Peer, lists: PrefixLists): readonly Match[] {
  const blocks = [
    ...(rule.IpRanges ?? []).map(({ CidrIp }) => CidrIp ?? ''),
    ...(rule.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6 ?? ''),
  ];
  return [
    blocks.some((block) => hasAll(block, peer)) ? 'yes' : 'no',
    ...(rule.UserIdGroupPairs ?? []).map(({ GroupId = '' }): Match => {
      if (peer.groups === undefined) return { untold: `whether the other end is in ${GroupId}` };
      return peer.groups.includes(GroupId) ? 'yes' : 'no';
    }),
    ...(rule.PrefixListIds ?? []).map(({ PrefixListId = '' }): Match => {
      const found = lists.get(PrefixListId);
      if (found === undefined) return { untold: `what the prefix list ${PrefixListId} has` };
      return found.some((block) => hasAll(block, peer)) ? 'yes' : 'no';
    }),
  ];
}

function hasAll(block: string, { addresses }: Peer): boolean {
  return addresses.length > 0 && addresses.every((address) => isInBlock(address, block));
}

/** What is left of a range when the others are taken out of it. */
function without(range: PortRange, others: readonly PortRange[]): readonly PortRange[] {
  let left: readonly PortRange[] = [range];
  for (const { first, last } of others) {
    left = left.flatMap((one) =>
      last < one.first || first > one.last
        ? [one]
        : [
            { first: one.first, last: first - 1 },
            { first: last + 1, last: one.last },
          ].filter((part) => part.first <= part.last),
    );
  }
  return left;
}
