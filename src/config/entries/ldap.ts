import { entry } from '../entry.ts';
import { bool, duration, interval, list, positiveInt, text } from '../kinds.ts';

/** Passwords checked by an LDAP directory: where it is, and who may come in. Clients may set none of it. */
export const ldapEntries = {
  url: entry('kyuubi.authentication.ldap.url', text.optional(), {
    doc: 'LDAP servers, separated by spaces, tried in this order: `ldaps://ldap1.example.com ldap://ldap2.example.com:1389`.',
    setBy: 'server',
  }),
  domain: entry('kyuubi.authentication.ldap.domain', text.optional(), {
    doc: 'Users are bound as `user@domain`, as Active Directory takes it; a user who types another domain is refused.',
    setBy: 'server',
  }),
  baseDn: entry('kyuubi.authentication.ldap.baseDN', text.optional(), {
    doc: 'Where users and groups are looked for, e.g. `dc=example,dc=com`; users stand directly below it unless there is a userDNPattern, a domain or a binddn.',
    setBy: 'server',
    aliases: ['kyuubi.authentication.ldap.base.dn'],
  }),
  userDnPattern: entry('kyuubi.authentication.ldap.userDNPattern', text.optional(), {
    doc: 'Colon separated patterns of the DNs of users, tried in this order: `uid=%s,ou=staff,dc=example,dc=com:cn=%s,ou=services,dc=example,dc=com`.',
    setBy: 'server',
  }),
  groupDnPattern: entry('kyuubi.authentication.ldap.groupDNPattern', text.optional(), {
    doc: 'Colon separated patterns of the DNs of groups, e.g. `cn=%s,ou=groups,dc=example,dc=com`: groups are looked for below what follows the first comma, in place of baseDN.',
    setBy: 'server',
  }),
  userFilter: entry('kyuubi.authentication.ldap.userFilter', list.default(''), {
    doc: 'Users who may come in; all of them where it is empty.',
    setBy: 'server',
  }),
  groupFilter: entry('kyuubi.authentication.ldap.groupFilter', list.default(''), {
    doc: "Groups one of which a user must be in; their order is also the order of a user's groups.",
    setBy: 'server',
  }),
  guidKey: entry('kyuubi.authentication.ldap.guidKey', text.default('uid'), {
    doc: "Attribute that holds a user's name.",
    setBy: 'server',
    aliases: ['kyuubi.authentication.ldap.guid.key'],
  }),
  groupMembershipKey: entry(
    'kyuubi.authentication.ldap.groupMembershipKey',
    text.default('member'),
    { doc: 'Attribute of a group that holds the DNs or names of its members.', setBy: 'server' },
  ),
  groupClassKey: entry('kyuubi.authentication.ldap.groupClassKey', text.default('groupOfNames'), {
    doc: 'Object class of groups.',
    setBy: 'server',
  }),
  userMembershipKey: entry('kyuubi.authentication.ldap.userMembershipKey', text.optional(), {
    doc: 'Attribute of a user that holds the DNs or names of their groups, e.g. `memberOf`; groups are then not searched.',
    setBy: 'server',
  }),
  customQuery: entry('kyuubi.authentication.ldap.customLDAPQuery', text.optional(), {
    doc: 'LDAP filter below baseDN that has to find the user, or a group with the user in it; `%s` in it is the name. The other two filters are not looked at then.',
    setBy: 'server',
  }),
  bindDn: entry('kyuubi.authentication.ldap.binddn', text.optional(), {
    doc: "Account that looks for users' DNs and groups; without it, users are bound by pattern and look with their own rights.",
    setBy: 'server',
  }),
  bindPassword: entry('kyuubi.authentication.ldap.bindpw', text.optional(), {
    doc: 'Password of binddn: `${file:/path}` names a file that holds it (read again at each new connection), `${env:NAME}` a variable.',
    setBy: 'server',
    secret: true,
  }),
  startTls: entry('torii.authentication.ldap.start.tls', bool.default('false'), {
    doc: 'Encrypt connections to `ldap://` servers (StartTLS) before anything is sent; a server that cannot is not used.',
    setBy: 'server',
  }),
  caFile: entry('torii.authentication.ldap.tls.ca.file', text.optional(), {
    doc: "PEM file of the authorities that the servers' certificates have to come from; Node's own list without it. Read again at each new connection.",
    setBy: 'server',
  }),
  connectTimeoutMs: entry('torii.authentication.ldap.connect.timeout', interval.default('PT3S'), {
    doc: 'Time to connect to one server, with its TLS handshake.',
    setBy: 'server',
  }),
  operationTimeoutMs: entry(
    'torii.authentication.ldap.operation.timeout',
    interval.default('PT5S'),
    {
      doc: 'Time that one server has for one answer; the next server is asked after it.',
      setBy: 'server',
    },
  ),
  loginTimeoutMs: entry('torii.authentication.ldap.login.timeout', interval.default('PT12S'), {
    doc: 'Time for one login, over all servers.',
    setBy: 'server',
  }),
  retryPauseMs: entry('torii.authentication.ldap.retry.pause', duration.default('PT10S'), {
    doc: 'A server that failed is passed over for this long; one that did not answer in time is not asked at all until then.',
    setBy: 'server',
  }),
  poolSize: entry('torii.authentication.ldap.pool.size', positiveInt.default('8'), {
    doc: 'Connections to one server at most, for each of the two uses (checking passwords, and searching as binddn).',
    setBy: 'server',
  }),
  poolIdleMs: entry('torii.authentication.ldap.pool.idle.timeout', interval.default('PT1M'), {
    doc: 'A connection that nobody used for this long is closed; never sooner than a second after operation.timeout.',
    setBy: 'server',
  }),
  cacheLifetimeMs: entry('torii.authentication.ldap.cache.lifetime', duration.default('PT30S'), {
    doc: 'How long a login that succeeded is good for without asking again (0: not at all); only a keyed hash is kept.',
    setBy: 'server',
  }),
  cacheSize: entry('torii.authentication.ldap.cache.size', positiveInt.default('10000'), {
    doc: 'Logins that are remembered at most.',
    setBy: 'server',
  }),
} as const;
