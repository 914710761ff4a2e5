/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

/** The claim of that name, or else the one that the name leads to as a dotted path (`realm_access.roles`). */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let found: unknown = claims;
  for (const step of name.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step))
      return undefined;
    found = (found as Claims)[step]; // an object that has the step
  }
  return found;
}

/** A text or a list of texts, without a slash in front (Keycloak's full group paths); undefined where there is no group. */
export function groupsOf(claim: unknown): readonly [string, ...string[]] | undefined {
  const listed: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  const [primary, ...others] = listed
    .filter((group) => typeof group === 'string')
    .map((group) => group.trim().replace(/^\//, ''))
    .filter((group) => group !== '');
  return primary === undefined ? undefined : [primary, ...others];
}
