import { entry } from '../entry.ts';
import { limit, positiveInt, set } from '../kinds.ts';

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
    doc: 'Users who get no session.',
    setBy: 'server',
  }),
  deniedIpAddresses: entry('kyuubi.server.limit.connections.ip.deny.list', set.default(''), {
    doc: 'Addresses from which nobody gets a session.',
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
