import { randomBytes } from 'node:crypto';
import { newSecret } from '../secrets.ts';
import { ApiError, forbidden } from './api-error.ts';
import type { ApiRequest, Verb } from './api-request.ts';

/** Whom a rule lets do what; what no rule allows is forbidden. */
export interface AccessRule {
  readonly user: string;
  readonly verbs: readonly (Verb | '*')[];
  /** Plurals, with their sub-resource where one is meant: `pods`, `pods/log`, `*`. */
  readonly resources: readonly string[];
  /** All unless given. */
  readonly namespaces?: readonly string[];
}

/** Who holds which bearer token, and what each may do. */
export class Access {
  readonly #users = new Map<string, string>();
  readonly #rules: AccessRule[] = [{ user: 'admin', verbs: ['*'], resources: ['*'] }];

  constructor(rules: readonly AccessRule[]) {
    this.#rules.push(...rules);
  }

  /** A token for a person or a program outside of the cluster. */
  tokenFor(user: string): string {
    const token = newSecret();
    this.#users.set(token, user);
    return token;
  }

  /** A token for a pod's service account; it stands in the pod's files. */
  tokenForAccount(namespace: string, account: string): string {
    const token = randomBytes(24).toString('base64url');
    this.#users.set(token, accountName(namespace, account));
    return token;
  }

  revoke(token: string): void {
    this.#users.delete(token);
  }

  allow(...rules: readonly AccessRule[]): void {
    this.#rules.push(...rules);
  }

  /** Takes from a user whatever rules gave it. */
  deny(user: string): void {
    const kept = this.#rules.filter((rule) => rule.user !== user);
    this.#rules.splice(0, this.#rules.length, ...kept);
  }

  userOf(authorization: string | undefined): string {
    if (authorization === undefined) return 'system:anonymous';
    const user = this.#users.get(authorization.replace(/^Bearer\s+/i, ''));
    if (user === undefined) throw new ApiError(401, 'Unauthorized');
    return user;
  }

  mayDo(user: string, verb: string, resource: string, namespace: string | undefined): boolean {
    return this.#rules.some(
      (rule) =>
        rule.user === user &&
        rule.verbs.some((each) => each === '*' || each === verb) &&
        (rule.resources.includes('*') || rule.resources.includes(resource)) &&
        (rule.namespaces === undefined ||
          (namespace !== undefined && rule.namespaces.includes(namespace))),
    );
  }

  check(user: string, request: ApiRequest): void {
    const { verb, resource, subresource, namespace, name } = request;
    const what = subresource === '' ? resource.plural : `${resource.plural}/${subresource}`;
    if (this.mayDo(user, verb, what, namespace)) return;
    const where =
      namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
    const why = `User "${user}" cannot ${verb} resource "${what}" in API group "${resource.group}" ${where}`;
    throw forbidden(resource, name, why);
  }
}

function accountName(namespace: string, account: string): string {
  return `system:serviceaccount:${namespace}:${account}`;
}
