import type { Route } from '@aws-sdk/client-ec2';
import { isInBlock } from '../address-kind.ts';

/** Where a packet goes that leaves a subnet. */
export type Way =
  | { readonly kind: 'local' | 'none' }
  /** `nat` and `internet` lead to public addresses alone; `other`: a peering, a transit gateway or the like. */
  | { readonly kind: 'nat' | 'internet'; readonly target: string }
  | { readonly kind: 'other' | 'blackhole'; readonly target: string };

/** The way to an address by the route table of a subnet: the narrowest block that has it counts. */
export function wayTo(address: string, routes: readonly Route[]): Way {
  const fits = routes.flatMap((route) => {
    const block = route.DestinationCidrBlock ?? route.DestinationIpv6CidrBlock;
    return block !== undefined && isInBlock(address, block)
      ? [{ route, bits: Number(block.split('/')[1]) }]
      : [];
  });
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

function targetOf(route: Route): string {
  return (
    route.GatewayId ??
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.VpcPeeringConnectionId ??
    route.NetworkInterfaceId ??
    route.InstanceId ??
    'a target without a name'
  );
}
