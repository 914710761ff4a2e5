import { AddressList } from './address-list.ts';
import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

/** Comma separated addresses and CIDR blocks. An empty text is the empty set. */
export const addressRanges = new KindOf<AddressList>(
  reading(parseRanges),
  'a comma separated list of IP addresses and blocks such as 10.0.0.0/8 or fd00::/8',
  true,
);

function parseRanges(from: string): AddressList | undefined {
  const addresses = AddressList.parse(splitList(from));
  if (addresses === undefined || addresses.isEverybody || addresses.names.length > 0)
    return undefined;
  return addresses;
}
