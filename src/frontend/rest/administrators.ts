import { GatewayError } from '../../core/errors.ts';
import type { RestCaller } from './rest-route.ts';

/** Who has proved to be an administrator, and acts for nobody else. */
export function isAdministrator(
  { principal }: RestCaller,
  administrators: ReadonlySet<string>,
): boolean {
  const { user, actsFor, isAuthenticated } = principal;
  return isAuthenticated && actsFor === undefined && administrators.has(user);
}

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
