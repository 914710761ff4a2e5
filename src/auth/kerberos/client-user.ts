import { kerberosEntries } from '../../config/entries/kerberos.ts';
import { GatewayError } from '../../core/errors.ts';
import { isUserName } from '../user-name.ts';

/** Of clients that don't say who they are, though they have a ticket. */
const anonymous = 'WELLKNOWN';

/**
 * The user that a client's principal stands for: its first part, `alice` of `alice@REALM` and of `alice/host@REALM`. Throws
 * AUTHENTICATION_FAILED for a realm that is not trusted, and for what can be nobody's name.
 */
export function clientUser(clientName: string, realms: ReadonlySet<string>): string {
  const [, user, realm] = /^([^/@\\]+)(?:\/[^@\\]*)?@([^@\\]+)$/.exec(clientName) ?? [];
  if (user === undefined || realm === undefined || user === anonymous || !isUserName(user)) {
    throw new GatewayError(
      'AUTHENTICATION_FAILED',
      'The ticket is of a principal that is no name of a user here',
      {
        hint: 'Log in as user@REALM; names with escaped characters and anonymous ones are not taken.',
        cause: new Error(clientName),
      },
    );
  }
  if (realms.has(realm)) return user;
  throw new GatewayError(
    'AUTHENTICATION_FAILED',
    `The ticket is of the realm ${realm}, whose users are not known here`,
    { hint: `To let them in, list it in ${kerberosEntries.trustedRealms.key} of the gateway.` },
  );
}
