import { kerberosEntries } from '../../config/entries/kerberos.ts';
import { GatewayError } from '../../core/errors.ts';
import { isUserName } from '../user-name.ts';
import type { PrincipalRule } from './principal-rules.ts';

/** Of clients that don't say who they are, though they have a ticket. */
const anonymous = 'WELLKNOWN';

/** By what a principal becomes a user. */
export interface KnownUsers {
  /** Whose users are the same people: alice of each of them is one alice. */
  readonly realms: ReadonlySet<string>;
  /** The first that is for a principal decides. Undefined: the first part of the name is the user's, in one of the realms. */
  readonly rules: readonly PrincipalRule[] | undefined;
}

/**
 * The user that a client's principal stands for: without rules its first part, `alice` of `alice@REALM` and of
 * `alice/host@REALM`. Throws AUTHENTICATION_FAILED for a realm that is not known, and for what can be nobody's name.
 */
export function clientUser(clientName: string, known: KnownUsers): string {
  const [, name = '', realm] = /^([^@\\]+)@([^@\\]+)$/.exec(clientName) ?? [];
  const parts = name.split('/');
  const [first = ''] = parts;
  if (realm === undefined || first === anonymous || !isUserName(first)) {
    throw new GatewayError(
      'AUTHENTICATION_FAILED',
      'The ticket is of a principal that is no name of a user here',
      {
        hint: 'Log in as user@REALM; names with escaped characters and anonymous ones are not taken.',
        cause: new Error(clientName),
      },
    );
  }
  if (known.rules === undefined) {
    if (known.realms.has(realm)) return first;
    throw unknown(realm, `list it in ${kerberosEntries.trustedRealms.key} of the gateway`);
  }
  for (const rule of known.rules) {
    const user = rule({ parts, realm }, known.realms);
    if (user !== undefined) return simple(user);
  }
  throw unknown(
    realm,
    `add a rule for them to ${kerberosEntries.principalRules.key} of the gateway`,
  );
}

/** A rule may leave a realm in the name, or nothing of it: that is nobody's, as in Hadoop, and no later rule is asked. */
function simple(user: string): string {
  if (isUserName(user) && !/[/@]/.test(user)) return user;
  throw new GatewayError(
    'AUTHENTICATION_FAILED',
    "The gateway's rules make no user's name of the ticket's principal",
    {
      hint: `What a rule of ${kerberosEntries.principalRules.key} gives must be there, and have neither / nor @ in it.`,
      cause: new Error(user),
    },
  );
}

function unknown(realm: string, remedy: string): GatewayError {
  return new GatewayError(
    'AUTHENTICATION_FAILED',
    `The ticket is of the realm ${realm}, whose users are not known here`,
    { hint: `To let them in, ${remedy}.` },
  );
}
