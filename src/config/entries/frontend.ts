import { addressRanges } from '../address-ranges.ts';
import { entry } from '../entry.ts';
import { bool, duration, list, port, positiveInt, size, text } from '../kinds.ts';

/** The door for Thrift clients. */
export const frontendEntries = {
  protocols: entry('kyuubi.frontend.protocols', list.default('THRIFT_BINARY'), {
    doc: 'Doors to open: THRIFT_BINARY, which has to be among them, THRIFT_HTTP for Thrift over HTTP on a port of its own, and REST for the HTTP API; the others are not there yet.',
    setBy: 'server',
  }),
  bindHost: entry('kyuubi.frontend.thrift.binary.bind.host', text.default('127.0.0.1'), {
    doc: 'Address that the binary Thrift door listens on: only this machine unless told otherwise, since NONE checks nobody; 0.0.0.0 for all.',
    setBy: 'server',
    aliases: ['kyuubi.frontend.bind.host'],
  }),
  bindPort: entry('kyuubi.frontend.thrift.binary.bind.port', port.default('10009'), {
    doc: 'Port of the binary Thrift door; 0 takes any free one.',
    setBy: 'server',
    aliases: ['kyuubi.frontend.bind.port'],
  }),
  advertisedHost: entry('kyuubi.frontend.advertised.host', text.optional(), {
    doc: 'Host name or address told to clients and written to discovery, where it differs from the one bound.',
    setBy: 'server',
  }),
  advertisesHostName: entry('kyuubi.frontend.connection.url.use.hostname', bool.default('true'), {
    doc: 'Where all addresses are bound and no advertised host is set: the host name (true) or the address (false) is published.',
    setBy: 'server',
    aliases: ['kyuubi.engine.connection.url.use.hostname'],
    reachesEngine: true,
  }),
  maxMessageBytes: entry('kyuubi.frontend.thrift.max.message.size', size.default('104857600'), {
    doc: 'Largest request that is taken from a client; a longer one ends its connection.',
    setBy: 'server',
    reachesEngine: true,
  }),
  maxEngineMessageBytes: entry(
    'kyuubi.frontend.thrift.client.max.message.size',
    size.default('1073741824'),
    { doc: 'Largest reply that is taken from an engine.', setBy: 'server' },
  ),
  defaultFetchRows: entry(
    'kyuubi.server.thrift.resultset.default.fetch.size',
    positiveInt.default('1000'),
    { doc: 'Rows per fetch that is told to clients that name none.', setBy: 'server' },
  ),
  handshakeTimeoutMs: entry('torii.frontend.handshake.timeout', duration.default('PT30S'), {
    doc: 'A client has to be through its PROXY header, TLS handshake and SASL exchange within this time.',
    setBy: 'server',
  }),
  maxConnections: entry('torii.frontend.max.connections', positiveInt.default('20000'), {
    doc: 'Connections held at once; the next ones are closed at once.',
    setBy: 'server',
  }),
  maxUnauthenticatedConnections: entry(
    'torii.frontend.max.unauthenticated.connections',
    positiveInt.default('1000'),
    { doc: 'Connections held at once before they are authenticated.', setBy: 'server' },
  ),
  proxyProtocolTrusted: entry('torii.frontend.proxy.protocol.trusted', addressRanges.default(''), {
    doc: 'Load balancers that begin each connection with a PROXY header (version 1 or 2), which names the client. From these addresses the header is required, from all others it is refused; empty for none.',
    setBy: 'server',
  }),
} as const;
