import { authenticationEntries } from '../config/entries/authentication.ts';
import type { ShortNameRule } from '../config/short-names.ts';
import { GatewayError } from '../core/errors.ts';
import { RecentMap } from '../core/recent-map.ts';
import { shortName, splitName } from './user-name.ts';
import type { NameForm } from './user-name.ts';

/** So many short names are remembered with their domain. */
const mostRemembered = 100_000;

/**
 * As which users proven names count. Where any domain is cut off, a short name belongs to the domain that it first came with
 * until this gateway ends: `alice@b.example` never gets what is `alice@a.example`'s.
 */
export class UserNames {
  readonly #rule: ShortNameRule;
  readonly #domains = new RecentMap<string, string>(mostRemembered);

  constructor(rule: ShortNameRule) {
    this.#rule = rule;
  }

  /** The user whom a name stands for that is only asked for; throws `AUTHENTICATION_FAILED` for one that can't be a user's. */
  userOf(name: string, form: NameForm = 'name'): string {
    const user = shortName(name, this.#rule, form);
    if (user !== undefined) return user;
    throw refused(
      this.#rule.kind === 'listed'
        ? 'users of its domain are not let in'
        : 'nobody can be meant by it',
    );
  }

  /** The user who has proved the name; throws `AUTHENTICATION_FAILED` also where the short name is one of another domain. */
  provenUserOf(name: string, form: NameForm = 'name'): string {
    const user = this.userOf(name, form);
    const domain = splitName(name, form)?.domain ?? '';
    if (this.#rule.kind !== 'any' || domain === '') return user;
    const known = this.#domains.get(user);
    if (known !== undefined && known !== domain) {
      throw refused('another domain has a user of that short name here');
    }
    this.#domains.set(user, domain);
    return user;
  }
}

function refused(why: string): GatewayError {
  return new GatewayError(
    'AUTHENTICATION_FAILED',
    `Error validating the login: the name was refused, ${why}`,
    {
      hint: `The gateway's ${authenticationEntries.shortNames.key} says which domains are cut off names.`,
    },
  );
}
