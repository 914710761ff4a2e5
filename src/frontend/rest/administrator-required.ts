import { GatewayError } from '../../core/errors.ts';
import type { RestCaller } from './rest-route.ts';

/** Why a call is refused to whoever is no administrator. */
export function administratorRequired({ principal }: RestCaller): GatewayError {
  const { user, actsFor, isAuthenticated } = principal;
  if (!isAuthenticated) {
    return new GatewayError(
      'ADMINISTRATOR_REQUIRED',
      'without a login nobody is an administrator',
      {
        hint: 'Set kyuubi.authentication to a method that checks logins, and name administrators in kyuubi.server.administrators.',
      },
    );
  }
  const who = actsFor === undefined ? user : `${user}, acting for ${actsFor},`;
  return new GatewayError('ADMINISTRATOR_REQUIRED', `${who} is no administrator`, {
    hint: 'kyuubi.server.administrators lists them.',
  });
}
