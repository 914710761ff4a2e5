import { entry } from '../entry.ts';
import { addressRanges } from '../address-ranges.ts';
import { parseDuration } from '../durations.ts';
import { bool, duration, port, reading, size, text } from '../kinds.ts';
import { KindOf } from '../value-kind.ts';

/** Milliseconds; a plain number is seconds, as browsers count a cookie's age. */
const cookieAge = new KindOf(
  reading((from) => (/^\d{1,9}$/.test(from) ? Number(from) * 1000 : parseDuration(from))),
  'a number of seconds, or a duration such as P1D',
);

/** Thrift over HTTP: on the binary door's own port, and on a port of its own. */
export const httpEntries = {
  onBinaryPort: entry('torii.frontend.http.on.binary.port', bool.default('true'), {
    doc: 'HTTP is spoken on the port of the binary Thrift door, too: the first bytes tell one from the other.',
    setBy: 'server',
  }),
  bindHost: entry('kyuubi.frontend.thrift.http.bind.host', text.default('127.0.0.1'), {
    doc: 'Address that the HTTP door listens on where kyuubi.frontend.protocols lists THRIFT_HTTP.',
    setBy: 'server',
  }),
  bindPort: entry('kyuubi.frontend.thrift.http.bind.port', port.default('10010'), {
    doc: 'Port of the HTTP door; 0 takes any free one.',
    setBy: 'server',
  }),
  path: entry('kyuubi.frontend.thrift.http.path', text.default('cliservice'), {
    doc: 'Path that is posted to, with or without what follows it; / is taken, too, for clients that name no path.',
    setBy: 'server',
  }),
  maxIdleMs: entry('kyuubi.frontend.thrift.http.max.idle.time', duration.default('PT30M'), {
    doc: 'A connection on which nothing is asked for this long is closed. Sessions do not depend on it.',
    setBy: 'server',
  }),
  maxHeaderBytes: entry('kyuubi.frontend.thrift.http.request.header.size', size.default('65536'), {
    doc: 'Largest head of a request; Kerberos tickets and piled-up cookies are long.',
    setBy: 'server',
  }),
  isCompressed: entry('kyuubi.frontend.thrift.http.compression.enabled', bool.default('false'), {
    doc: 'Replies are compressed for clients that ask for it (gzip). Off unless set, other than in Kyuubi: inside a data centre it slows rows down many times, and Java clients always ask.',
    setBy: 'server',
  }),
  hasCookies: entry('kyuubi.frontend.thrift.http.cookie.auth.enabled', bool.default('true'), {
    doc: 'After a login a signed cookie stands for it, at every gateway with the same master secret. Python’s THttpClient gets none: versions before 0.17 fail at any cookie.',
    setBy: 'server',
  }),
  cookieMaxAgeMs: entry('kyuubi.frontend.thrift.http.cookie.max.age', cookieAge.default('86400'), {
    doc: 'How long a cookie is good for.',
    setBy: 'server',
  }),
  cookieDomain: entry('kyuubi.frontend.thrift.http.cookie.domain', text.optional(), {
    doc: 'Domain of the cookie.',
    setBy: 'server',
  }),
  cookiePath: entry('kyuubi.frontend.thrift.http.cookie.path', text.optional(), {
    doc: 'Path of the cookie.',
    setBy: 'server',
  }),
  isHttpOnly: entry('kyuubi.frontend.thrift.http.cookie.is.httponly', bool.default('true'), {
    doc: 'The cookie is hidden from scripts.',
    setBy: 'server',
  }),
  requiresXsrfHeader: entry(
    'kyuubi.frontend.thrift.http.xsrf.filter.enabled',
    bool.default('false'),
    {
      doc: 'Requests need a header X-XSRF-HEADER, which Hive’s and Kyuubi’s JDBC drivers send and no other client does.',
      setBy: 'server',
    },
  ),
  clientIpHeader: entry('kyuubi.frontend.proxy.http.client.ip.header', text.default('X-Real-IP'), {
    doc: 'Header in which a trusted proxy names the client; X-Forwarded-For is looked at, too.',
    setBy: 'server',
  }),
  trustedProxies: entry('torii.frontend.http.trusted.proxies', addressRanges.default(''), {
    doc: 'Addresses and networks (10.0.0.0/8) of proxies that may name another client address than their own.',
    setBy: 'server',
  }),
} as const;
