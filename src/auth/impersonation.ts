import { authenticationEntries } from '../config/entries/authentication.ts';
import { impersonationEntries } from '../config/entries/impersonation.ts';
import { ruleKey } from '../config/proxy-user-rules.ts';
import type { ProxyUserRule, ProxyUserRules } from '../config/proxy-user-rules.ts';
import type { ShortNameRule } from '../config/short-names.ts';
import { GatewayError } from '../core/errors.ts';
import type { AuditLog } from '../telemetry/audit-log.ts';
import type { GroupProvider } from './group-provider.ts';
import { shortName } from './user-name.ts';

export interface ImpersonationOptions {
  readonly rules: ProxyUserRules;
  /** May act for anybody. */
  readonly superusers: ReadonlySet<string>;
  readonly groups: GroupProvider;
  readonly shortNames: ShortNameRule;
  /** Addresses of a host by its name; throws where it has none. */
  readonly lookup: (name: string) => Promise<readonly string[]>;
  readonly audit: AuditLog;
}

/** One wish to act for somebody else. */
export interface ActingRequest {
  /** Who the client has proved to be. */
  readonly realUser: string;
  readonly wanted: string;
  readonly clientAddress: string;
  /** Of the session that is being opened, where it is one. */
  readonly session?: string;
  /** May act for anybody on the cluster that the session is for. */
  readonly superusers?: ReadonlySet<string>;
}

/** Decides who may act for whom, by Hadoop's rules: user and place both have to be allowed. */
export class Impersonation {
  readonly #options: ImpersonationOptions;

  constructor(options: ImpersonationOptions) {
    this.#options = options;
  }

  /** The user whom a name stands for; undefined for what can't be a user's name here. */
  userNamed(name: string): string | undefined {
    return shortName(name, this.#options.shortNames);
  }

  /**
   * The user as whom to go on; throws `PROXY_USER_DENIED`, whose hint names the rule that is missing. Who names himself, in
   * whatever case, goes on under the name he has proved: it is the one that others know him by.
   */
  async userFor(request: ActingRequest): Promise<string> {
    const { realUser, wanted, clientAddress: address, session } = request;
    const user = this.userNamed(wanted);
    if (user?.toLowerCase() === realUser.toLowerCase()) return realUser;
    const missing = user === undefined ? noName : await this.#missingRule(request, user);
    const error = missing === undefined ? undefined : denied(realUser, wanted, missing);
    this.#options.audit.record({
      action: 'impersonation',
      outcome: error === undefined ? 'ok' : 'refused',
      user: user ?? wanted,
      realUser,
      address,
      session,
      error,
    });
    if (user === undefined || error !== undefined) throw error ?? denied(realUser, wanted, noName);
    return user;
  }

  /** What would have to be otherwise; undefined where all is allowed. */
  async #missingRule(
    { realUser, clientAddress, superusers: ofCluster }: ActingRequest,
    wanted: string,
  ): Promise<string | undefined> {
    const { rules, superusers } = this.#options;
    const rule = rules.get(realUser);
    const isSuperuser = superusers.has(realUser) || ofCluster?.has(realUser) === true;
    if (isSuperuser && rule?.hosts === undefined) return undefined;
    const key = (name: keyof typeof impersonationEntries): string =>
      ruleKey(impersonationEntries[name], realUser);
    const allowsUser =
      rule !== undefined && (isSuperuser || (await this.#allowsUser(rule, wanted)));
    if (!allowsUser) {
      return `The gateway needs ${key('users')} or ${key('groups')} to list ${wanted} or a group of that user, and ${key('hosts')} to list ${clientAddress}.`;
    }
    if (!(await this.#allowsHost(rule, clientAddress))) {
      return `The gateway needs ${key('hosts')} to list ${clientAddress}.`;
    }
    return undefined;
  }

  async #allowsUser(rule: ProxyUserRule, wanted: string): Promise<boolean> {
    if ([...rule.users, ...rule.groups].includes('*') || rule.users.includes(wanted)) return true;
    if (rule.groups.length === 0) return false;
    const groups = await this.#options.groups.groupsOf(wanted);
    // Whoever has no group is in one of his own name, and so anybody could be made a member by his name alone.
    return groups.some((group) => group !== wanted && rule.groups.includes(group));
  }

  async #allowsHost({ hosts }: ProxyUserRule, address: string): Promise<boolean> {
    if (hosts === undefined) return false;
    if (hosts.includes(address)) return true;
    for (const name of hosts.names) {
      const addresses = await this.#options.lookup(name).catch((): string[] => []); // a host that nobody knows is nobody's place
      if (addresses.includes(address)) return true;
    }
    return false;
  }
}

const noName = `The name of a user has neither control characters nor blanks at its ends, and a domain only as ${authenticationEntries.shortNames.key} allows.`;

function denied(realUser: string, wanted: string, hint: string): GatewayError {
  return new GatewayError(
    'PROXY_USER_DENIED',
    `Failed to validate proxy privilege of ${realUser} for ${wanted}`,
    { hint },
  );
}
