import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

/** CUSTOM is Kyuubi's: a Java class of the site's own. JWT and PASSWORD_FILE are the gateway's. */
const provingMethods = ['KERBEROS', 'LDAP', 'JDBC', 'JWT', 'PASSWORD_FILE', 'CUSTOM'] as const;
/** Ask for no proof. */
const openMethods = ['NONE', 'NOSASL'] as const;

/** A way of proving who one is. */
export type ProvingMethod = (typeof provingMethods)[number];
export type AuthenticationMethod = ProvingMethod | (typeof openMethods)[number];

/** In order, each once. What NONE and NOSASL mean beside others, `startLogins` decides. */
export const authenticationMethods = new KindOf<readonly AuthenticationMethod[]>(
  reading(parseMethods),
  `a list of ${provingMethods.join(', ')}, or else ${openMethods.join(' or ')}`,
);

export function isProvingMethod(method: AuthenticationMethod): method is ProvingMethod {
  return provingMethods.some((known) => known === method);
}

function parseMethods(from: string): readonly AuthenticationMethod[] | undefined {
  const names = new Set(splitList(from).map((name) => name.toUpperCase()));
  const methods = [...provingMethods, ...openMethods].filter((method) => names.has(method));
  if (methods.length === 0 || methods.length < names.size) return undefined;
  const order = [...names];
  return Object.freeze(methods.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
}
