import type { MayUse } from '../core/owner.ts';
import type { Principal } from './auth-provider.ts';

/** Who has proved to be an administrator, and acts for nobody else. */
export function isAdministrator(
  { user, actsFor, isAuthenticated }: Principal,
  administrators: ReadonlySet<string>,
): boolean {
  return isAuthenticated && actsFor === undefined && administrators.has(user);
}

/**
 * What a caller may use. A handle is its owner's: the login that opened it. A connection that acts for somebody from its
 * login on is kept to what is that user's. Administrators who proved who they are may use any. Without a login the handle's
 * secret alone decides.
 */
export function mayUseAs(
  caller: Principal | undefined,
  administrators: ReadonlySet<string>,
): MayUse {
  if (caller === undefined) return () => true;
  if (isAdministrator(caller, administrators)) return () => true;
  const { user, actsFor } = caller;
  return (owner) => owner.realUser === user && (actsFor === undefined || owner.user === actsFor);
}
