import type { Route } from '@aws-sdk/client-ec2';
import { isInBlock } from '../address-kind.ts';
import type { PrefixLists } from './security-rules.ts';

/** Where a packet goes that leaves a subnet. */
export type Way =
  | { readonly kind: 'local' | 'none' }
  /** `nat` and `internet` lead to public addresses alone; `other`: a peering, a transit gateway or the like. */
  | { readonly kind: 'nat' | 'internet'; readonly target: string }
  | { readonly kind: 'other' | 'blackhole'; readonly target: string }
  /** It may be by a prefix list of which nothing is known. */
  | { readonly kind: 'untold'; readonly list: string };

/** The way to an address by the route table of a subnet: the narrowest block that has it counts. */
export function wayTo(address: string, routes: readonly Route[], lists: PrefixLists): Way {
  const way = knownWay(address, routes, lists);
  if (way.kind === 'local' || way.kind === 'other') return way;
  const list = prefixListsOfRoutes(routes).find((id) => !lists.has(id));
  return list === undefined ? way : { kind: 'untold', list };
}

/** Prefix lists by which packets go; not those of the endpoints of S3 and DynamoDB, which lead nowhere else. */
export function prefixListsOfRoutes(routes: readonly Route[]): readonly string[] {
  return routes
    .filter(({ GatewayId }) => GatewayId?.startsWith('vpce-') !== true)
    .flatMap(({ DestinationPrefixListId }) => DestinationPrefixListId ?? []);
}

function knownWay(address: string, routes: readonly Route[], lists: PrefixLists): Way {
  const fits = routes.flatMap((route) =>
    blocksOf(route, lists)
      .filter((block) => isInBlock(address, block))
      .map((block) => ({ route, bits: Number(block.split('/')[1]) })),
  );
  const [narrowest] = fits.toSorted((one, other) => other.bits - one.bits);
  if (narrowest === undefined) return { kind: 'none' };
  const { route } = narrowest;
  const target = targetOf(route);
  if (route.State === 'blackhole') return { kind: 'blackhole', target };
  if (target === 'local') return { kind: 'local' };
  if (route.NatGatewayId !== undefined) return { kind: 'nat', target };
  if (target.startsWith('igw-')) return { kind: 'internet', target };
  return { kind: 'other', target };
}

function blocksOf(route: Route, lists: PrefixLists): readonly string[] {
  const block = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
  return block === undefined ? (lists.get(route.DestinationPrefixListId ?? '') ?? []) : [block];
}

function targetOf(route: Route): string {
  return (
    route.GatewayId ??
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.LocalGatewayId ??
    route.CarrierGatewayId ??
    route.CoreNetworkArn ??
    route.NetworkInterfaceId ??
    route.InstanceId ??
    'a target without a name'
  );
}
