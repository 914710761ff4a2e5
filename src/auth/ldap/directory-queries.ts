import {
  AndFilter,
  EqualityFilter,
  type Filter,
  FilterParser,
  OrFilter,
  PresenceFilter,
} from 'ldapts';
import { escapeDnValue } from './distinguished-name.ts';

const userClasses = ['person', 'user', 'inetOrgPerson'];
/** What Active Directory calls a user, beside the configured attribute. */
export const accountAttribute = 'sAMAccountName';
const addressAttribute = 'userPrincipalName';

/** Entries of users of that name; values are sent apart from the filter's syntax, so nothing in them can change it. */
export function userQuery(guidKey: string, name: string, isAddress = false): Filter {
  const attributes = [guidKey, accountAttribute, ...(isAddress ? [addressAttribute] : [])];
  return new AndFilter({
    filters: [
      anyOf(userClasses.map((value) => ({ attribute: 'objectClass', value }))),
      anyOf(attributes.map((attribute) => ({ attribute, value: name }))),
    ],
  });
}

/** Groups that name the user as a member, by DN or by name. */
export function groupQuery(of: {
  readonly groupClass: string;
  readonly membershipKey: string;
  readonly userDn: string;
  readonly name: string;
}): Filter {
  return new AndFilter({
    filters: [
      new EqualityFilter({ attribute: 'objectClass', value: of.groupClass }),
      membership(of.membershipKey, of.userDn, of.name),
    ],
  });
}

/** What the query finds that has the user as a member. */
export function memberOfQuery(
  query: Filter,
  of: { readonly membershipKey: string; readonly userDn: string; readonly name: string },
): Filter {
  return new AndFilter({ filters: [query, membership(of.membershipKey, of.userDn, of.name)] });
}

export function customQuery(query: string, name: string): Filter {
  return FilterParser.parseString(fillQuery(query, name));
}

export const anything = (): Filter => new PresenceFilter({ attribute: 'objectClass' });

/** The filter's text with the name in place of each `%s`; within a DN, as in `(member=uid=%s,ou=staff)`, as a DN's value. */
export function fillQuery(query: string, name: string): string {
  return query.replaceAll('%s', (_, at: number) => {
    const assertion = query.slice(query.lastIndexOf('(', at) + 1, at);
    const isInDn = assertion.split('=').length > 2;
    return escapeFilterValue(isInDn ? escapeDnValue(name) : name);
  });
}

/** RFC 4515, and more than it asks for: all of ASCII that a name has no need of. */
export function escapeFilterValue(value: string): string {
  return value.replaceAll(
    /[^\w.@\u0080-\u{10ffff}-]/gu,
    (char) => `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function membership(attribute: string, userDn: string, name: string): Filter {
  return anyOf([
    { attribute, value: userDn },
    { attribute, value: name },
  ]);
}

function anyOf(pairs: readonly { readonly attribute: string; readonly value: string }[]): Filter {
  return new OrFilter({ filters: pairs.map((pair) => new EqualityFilter(pair)) });
}
