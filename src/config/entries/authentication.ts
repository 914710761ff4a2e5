import { authenticationMethods } from '../authentication-methods.ts';
import { securityLayers } from '../security-layers.ts';
import { entry } from '../entry.ts';
import { age, bool, duration, integerBetween, limit, oneOf, positiveInt, text } from '../kinds.ts';
import { shortNameRule } from '../short-names.ts';

/** Who clients are. */
export const authenticationEntries = {
  methods: entry('kyuubi.authentication', authenticationMethods.default('NONE'), {
    doc: 'How clients prove who they are. NONE and NOSASL let anybody in under any name. A password that is a token goes to JWT, where that is listed, and any other password to the first of LDAP, JDBC and PASSWORD_FILE; those after it are not asked.',
    setBy: 'server',
  }),
  saslQop: entry('kyuubi.authentication.sasl.qop', securityLayers.default('auth'), {
    doc: 'What Kerberos does for all that follows the login, in the binary protocol: nothing (auth), sign it (auth-int), or encrypt it, too (auth-conf). The client picks one of those listed. Logins by PLAIN are not concerned.',
    setBy: 'server',
  }),
  shortNames: entry('torii.authentication.short.names', shortNameRule.default('*'), {
    doc: 'Users are known by what stands before the first `/` or `@` of their names, with `*` whatever follows, as in Kyuubi; the same short name with a second domain is then refused until the gateway starts again. With a list of domains and realms, users of these alone are let in, and those of one short name are one user. With `off` nothing is cut off.',
    setBy: 'server',
  }),
} as const;

/** Users in a file, for `PASSWORD_FILE`. */
export const passwordFileEntries = {
  path: entry('torii.authentication.password.file', text.optional(), {
    doc: 'The file of PASSWORD_FILE: lines `user:hash` as `torii hash-password` prints them. It is read again when it changes; none but its owner, root or the user of the gateway, may be able to write it.',
    setBy: 'server',
  }),
  maxHashes: entry(
    'torii.authentication.password.file.max.hashes',
    integerBetween(1, 64).default('2'),
    {
      doc: 'Passwords of PASSWORD_FILE that are checked at once; each takes a thread of the four that Node has (UV_THREADPOOL_SIZE), and 16 MiB where the hash was made at the usual cost.',
      setBy: 'server',
    },
  ),
  cacheLifetimeMs: entry(
    'torii.authentication.password.file.cache.lifetime',
    duration.default('PT30S'),
    {
      doc: 'How long a login that succeeded is good for without making the hash again (0: not at all); only a keyed hash is kept, and a change of the user’s line ends it.',
      setBy: 'server',
    },
  ),
} as const;

/** What guessing passwords costs. */
export const throttleEntries = {
  userFailures: entry('torii.authentication.throttle.user.failures', limit.optional(), {
    doc: 'Failed logins under one name after which that name is refused for a while, except from addresses where it was logged in before; there its own failures from that address count. Off unless set.',
    setBy: 'server',
  }),
  addressFailures: entry('torii.authentication.throttle.address.failures', limit.optional(), {
    doc: 'Failed logins from one address (one /64 network of IPv6) after which it is refused for a while, except for users who logged in from it before. Off unless set; leave it off where many clients share an address.',
    setBy: 'server',
  }),
  firstPauseMs: entry('torii.authentication.throttle.pause', age.default('PT1S'), {
    doc: 'How long the first refusal lasts; each further failure doubles it.',
    setBy: 'server',
  }),
  longestPauseMs: entry('torii.authentication.throttle.max.pause', age.default('PT5M'), {
    doc: 'The longest refusal.',
    setBy: 'server',
  }),
  forgetMs: entry('torii.authentication.throttle.forget', age.default('PT30M'), {
    doc: 'Failures are forgotten when there was no other for this long.',
    setBy: 'server',
  }),
  maxEntries: entry('torii.authentication.throttle.max.entries', positiveInt.default('10000'), {
    doc: 'Names, addresses, pairs of both that failed and pairs that succeeded are remembered, so many of each; the oldest are forgotten first.',
    setBy: 'server',
  }),
} as const;

/** How an engine knows that it talks to a gateway. */
export const engineSecurityEntries = {
  engineSecurity: entry('kyuubi.engine.security.enabled', bool.optional(), {
    doc: 'Engines take connections only with a token. On when this key or kyuubi.internal.security.enabled is true or neither is set.',
    setBy: 'server',
    reachesEngine: true,
  }),
  internalSecurity: entry('kyuubi.internal.security.enabled', bool.optional(), {
    doc: 'The newer name of kyuubi.engine.security.enabled; either one turns the token on, and engines are told both.',
    setBy: 'server',
    reachesEngine: true,
  }),
  tokenLifetimeMs: entry('kyuubi.internal.security.token.max.lifetime', age.default('PT10M'), {
    doc: 'How long a token is good for after it was made.',
    setBy: 'server',
    aliases: ['kyuubi.engine.security.token.max.lifetime'],
    reachesEngine: true,
  }),
  secretProvider: entry(
    'kyuubi.internal.security.secret.provider',
    oneOf('file', 'simple')
      .note('this version does not read the secret from ZooKeeper or by a Java class')
      .default('file'),
    {
      doc: 'Where the secret behind tokens comes from: `file`, an own key for every engine made of the master secret; `simple`, one for all.',
      setBy: 'server',
      aliases: ['kyuubi.engine.security.secret.provider'],
    },
  ),
  simpleSecret: entry('kyuubi.internal.security.secret.provider.simple.secret', text.optional(), {
    doc: 'The secret of the provider `simple`, shared with Kyuubi servers and engines.',
    setBy: 'server',
    aliases: ['kyuubi.engine.security.secret.provider.simple.secret'],
    secret: true,
  }),
  engineTls: entry('torii.engine.tls', oneOf('auto', 'on', 'off').default('auto'), {
    doc: 'TLS between gateway and engines: `auto`, everywhere but on loopback addresses; `on`; `off`. An engine makes its own certificate, and the gateway sends nothing to one whose certificate it can not tell. Engines of Kyuubi have none: with them on other hosts it has to be `off`.',
    setBy: 'server',
    reachesEngine: true,
  }),
  secretFile: entry('torii.engine.security.secret.file', text.optional(), {
    doc: 'The master secret, the same for all gateways of a namespace; made at the first start. `master.secret` in torii.work.dir unless set.',
    setBy: 'server',
  }),
} as const;
