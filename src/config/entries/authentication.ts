import { authenticationMethods } from '../authentication-methods.ts';
import { entry } from '../entry.ts';
import { age, bool, integerBetween, oneOf, text } from '../kinds.ts';

/** Who clients are. */
export const authenticationEntries = {
  methods: entry('kyuubi.authentication', authenticationMethods.default('NONE'), {
    doc: 'How clients prove who they are. NONE and NOSASL let anybody in under any name. A password that is a token goes to JWT, where that is listed, and any other password to the first of LDAP, JDBC and PASSWORD_FILE; those after it are not asked.',
    setBy: 'server',
  }),
  saslQop: entry(
    'kyuubi.authentication.sasl.qop',
    oneOf('auth').note('this version neither signs nor encrypts SASL frames').default('auth'),
    { doc: 'SASL quality of protection.', setBy: 'server' },
  ),
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
      doc: 'Passwords of PASSWORD_FILE that are checked at once; each takes a thread of the four that Node has (UV_THREADPOOL_SIZE), and 32 MiB.',
      setBy: 'server',
    },
  ),
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
  secretFile: entry('torii.engine.security.secret.file', text.optional(), {
    doc: 'The master secret, the same for all gateways of a namespace; made at the first start. `master.secret` in torii.work.dir unless set.',
    setBy: 'server',
  }),
} as const;
