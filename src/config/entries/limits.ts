import { AddressList } from '../address-list.ts';
import { entry } from '../entry.ts';
import { limit, positiveInt, reading, set, splitList } from '../kinds.ts';
import { KindOf } from '../value-kind.ts';

const addresses = new KindOf(
  reading(parseAddresses),
  'a comma separated list of addresses and networks as 10.0.0.0/8',
  true,
);

/** How much anyone may use, and who may not come in at all. */
export const limitsEntries = {
  sessionsPerUser: entry('kyuubi.server.limit.connections.per.user', limit.optional(), {
    doc: 'Sessions of one user.',
    setBy: 'server',
  }),
  sessionsPerIpAddress: entry('kyuubi.server.limit.connections.per.ipaddress', limit.optional(), {
    doc: 'Sessions from one address.',
    setBy: 'server',
  }),
  sessionsPerUserIpAddress: entry(
    'kyuubi.server.limit.connections.per.user.ipaddress',
    limit.optional(),
    { doc: 'Sessions of one user from one address.', setBy: 'server' },
  ),
  unlimitedUsers: entry('kyuubi.server.limit.connections.user.unlimited.list', set.default(''), {
    doc: 'Users to whom these three limits do not apply.',
    setBy: 'server',
  }),
  deniedUsers: entry('kyuubi.server.limit.connections.user.deny.list', set.default(''), {
    doc: 'Users who get no session, neither for themselves nor for others, and for whom nobody gets one.',
    setBy: 'server',
  }),
  deniedIpAddresses: entry('kyuubi.server.limit.connections.ip.deny.list', addresses.default(''), {
    doc: 'Addresses and networks from which nobody gets a session.',
    setBy: 'server',
  }),
  fetchMaxRows: entry('kyuubi.server.limit.client.fetch.max.rows', limit.optional(), {
    doc: 'Rows that a client may ask for in one fetch.',
    setBy: 'server',
  }),
  maxSessions: entry('torii.session.max', positiveInt.default('10000'), {
    doc: 'Sessions that the gateway holds at once.',
    setBy: 'server',
  }),
} as const;

/** A host's name is no address here: nobody looks it up. */
function parseAddresses(from: string): AddressList | undefined {
  const read = AddressList.parse(splitList(from));
  return read === undefined || read.names.length > 0 ? undefined : read;
}
