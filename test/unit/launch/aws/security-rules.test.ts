import type { IpPermission } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { reachOf, type Peer } from '../../../../src/launch/aws/security-rules.ts';
import { wayTo } from '../../../../src/launch/aws/subnet-routes.ts';

const gateway: Peer = { addresses: ['10.0.1.5'], groups: ['sg-gateway'] };
const ports = { first: 50_000, last: 50_999 };
const none = new Map<string, readonly string[]>();

function tcp(first: number, last: number, more: Partial<IpPermission>): IpPermission {
  return { IpProtocol: 'tcp', FromPort: first, ToPort: last, ...more };
}
const from = (...blocks: readonly string[]) => ({ IpRanges: blocks.map((CidrIp) => ({ CidrIp })) });

describe('reachOf', () => {
  it.each<[string, readonly IpPermission[]]>([
    ['a block that has the address', [tcp(50_000, 50_999, from('10.0.0.0/16'))]],
    ['all protocols', [{ IpProtocol: '-1', ...from('0.0.0.0/0') }]],
    ['a group of the peer', [tcp(0, 65_535, { UserIdGroupPairs: [{ GroupId: 'sg-gateway' }] })]],
    [
      'several rules together',
      [tcp(50_000, 50_499, from('10.0.1.5/32')), tcp(50_500, 51_000, from('10.0.0.0/8'))],
    ],
  ])('opens all ports by %s', (_what, rules) => {
    expect(reachOf(rules, gateway, ports, none)).toEqual({ kind: 'all' });
  });

  it.each<[string, readonly IpPermission[]]>([
    ['no rule', []],
    ['another block', [tcp(50_000, 50_999, from('10.1.0.0/16'))]],
    ['another protocol', [{ ...tcp(50_000, 50_999, from('0.0.0.0/0')), IpProtocol: 'udp' }]],
    [
      'another group, such as a reference to itself',
      [tcp(0, 65_535, { UserIdGroupPairs: [{ GroupId: 'sg-engines' }] })],
    ],
    ['IPv6 alone', [tcp(0, 65_535, { Ipv6Ranges: [{ CidrIpv6: '::/0' }] })]],
  ])('opens none by %s', (_what, rules) => {
    expect(reachOf(rules, gateway, ports, none)).toEqual({ kind: 'none' });
  });

  it('says which ports are missing', () => {
    const rules = [tcp(50_100, 50_199, from('10.0.0.0/8'))];
    expect(reachOf(rules, gateway, ports, none)).toEqual({
      kind: 'part',
      missing: [
        { first: 50_000, last: 50_099 },
        { first: 50_200, last: 50_999 },
      ],
    });
  });

  it('knows nothing where groups or prefix lists are not told, and follows those that are', () => {
    const byGroup = [tcp(0, 65_535, { UserIdGroupPairs: [{ GroupId: 'sg-x' }] })];
    expect(reachOf(byGroup, { ...gateway, groups: undefined }, ports, none)).toEqual({
      kind: 'untold',
      because: ['whether the other end is in sg-x'],
    });
    const byList = [tcp(0, 65_535, { PrefixListIds: [{ PrefixListId: 'pl-1' }] })];
    expect(reachOf(byList, gateway, ports, none).kind).toBe('untold');
    expect(reachOf(byList, gateway, ports, new Map([['pl-1', ['10.0.0.0/8']]])).kind).toBe('all');
    expect(reachOf(byList, gateway, ports, new Map([['pl-1', ['10.9.0.0/16']]])).kind).toBe('none');
  });

  it('takes a rule for a subnet only when it has both of its ends', () => {
    const subnet: Peer = { addresses: ['10.0.0.0', '10.0.255.255'], groups: [] };
    const half = [tcp(2181, 2181, from('10.0.0.0/17'))];
    expect(reachOf(half, subnet, { first: 2181, last: 2181 }, none).kind).toBe('none');
  });
});

describe('wayTo', () => {
  const routes = [
    { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' },
    { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: 'nat-1' },
    { DestinationCidrBlock: '10.1.0.0/16', VpcPeeringConnectionId: 'pcx-1' },
    { DestinationCidrBlock: '10.2.0.0/16', TransitGatewayId: 'tgw-1', State: 'blackhole' as const },
  ];

  it.each([
    ['10.0.3.4', { kind: 'local' }],
    ['10.1.3.4', { kind: 'other', target: 'pcx-1' }],
    ['10.2.3.4', { kind: 'blackhole', target: 'tgw-1' }],
    ['10.3.3.4', { kind: 'nat', target: 'nat-1' }],
  ])('%s is reached by the narrowest route', (address, way) => {
    expect(wayTo(address, routes, none)).toEqual(way);
  });

  it('there may be no way, or one into the internet', () => {
    expect(wayTo('10.3.3.4', routes.slice(0, 1), none)).toEqual({ kind: 'none' });
    const internet = [{ DestinationCidrBlock: '0.0.0.0/0', GatewayId: 'igw-1' }];
    expect(wayTo('8.8.8.8', internet, none)).toEqual({ kind: 'internet', target: 'igw-1' });
  });

  it('may be by a prefix list, of which nothing may be known', () => {
    const byLists = [
      ...routes.slice(0, 2),
      { DestinationPrefixListId: 'pl-s3', GatewayId: 'vpce-1' },
      { DestinationPrefixListId: 'pl-1', TransitGatewayId: 'tgw-1' },
    ];
    const known = new Map([['pl-1', ['10.3.0.0/16']]]);
    expect(wayTo('10.3.3.4', byLists, known)).toEqual({ kind: 'other', target: 'tgw-1' });
    expect(wayTo('10.4.3.4', byLists, known)).toEqual({ kind: 'nat', target: 'nat-1' });
    expect(wayTo('10.3.3.4', byLists, none)).toEqual({ kind: 'untold', list: 'pl-1' });
    expect(wayTo('10.0.3.4', byLists, none)).toEqual({ kind: 'local' });
  });
});
