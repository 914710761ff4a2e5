import { entry } from '../entry.ts';
import { oneOf, set, text } from '../kinds.ts';

/** Clients that prove who they are by Kerberos, where `kyuubi.authentication` lists KERBEROS. Clients may set none of it. */
export const kerberosEntries = {
  principal: entry('kyuubi.kinit.principal', text.optional(), {
    doc: 'The service that clients of the binary protocol ask tickets for, with its realm: `hive/_HOST@EXAMPLE.COM`. `_HOST` is this host by its full name.',
    setBy: 'server',
  }),
  keytab: entry('kyuubi.kinit.keytab', text.optional(), {
    doc: 'The keys of kyuubi.kinit.principal. Nobody but the user of the gateway may read the file. A key that is added later counts from the next login.',
    setBy: 'server',
  }),
  trustedRealms: entry('torii.authentication.kerberos.trusted.realms', set.default(''), {
    doc: 'Realms whose users may log in, beside those of the realm of the principal. alice of each of them is the same user alice here.',
    setBy: 'server',
  }),
  principalRules: entry('hadoop.security.auth_to_local', text.optional(), {
    doc: 'As whom the users of which principals count, in the rules of Hadoop, e.g. `RULE:[1:$1@$0](.*@PARTNER.COM)s/@.*/_partner/ DEFAULT`; `DEFAULT` is for the realm of the principal and the trusted ones. Whom no rule is for does not come in. Unset, it is DEFAULT.',
    setBy: 'server',
    reachesEngine: true,
  }),
  principalRulesOf: entry(
    'hadoop.security.auth_to_local.mechanism',
    oneOf('hadoop')
      .note('MIT’s way would take a whole principal for a user where no rule is for it')
      .default('hadoop'),
    {
      doc: 'How hadoop.security.auth_to_local is read: what comes of it has neither `/` nor `@`.',
      setBy: 'server',
      reachesEngine: true,
    },
  ),
} as const;
