import { GatewayError } from '../../core/errors.ts';
import { unportable } from './java-pattern.ts';

/** A principal in parts: `hive/gw@R` has the realm `R` and the parts `hive` and `gw`. */
export interface PrincipalParts {
  readonly parts: readonly string[];
  readonly realm: string;
}

/** Gives the user whom a principal stands for; undefined where the rule is not for it. */
export type PrincipalRule = (
  principal: PrincipalParts,
  realms: ReadonlySet<string>,
) => string | undefined;

/** Text, and places where a numbered piece goes. */
type Template = readonly (string | number)[];

/**
 * Rules as Hadoop writes them in `hadoop.security.auth_to_local`, in their order and apart by blanks or nothing: `DEFAULT`, or
 * `RULE:[parts:base](filter)s/from/to/g/L`, where all behind the base may be left out. Throws CONFIG_INVALID, naming `key` and
 * the first rule that can't be read.
 */
export function readPrincipalRules(text: string, key: string): readonly PrincipalRule[] {
  const rules: PrincipalRule[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const found = ruleForm.exec(rest);
    if (found === null) throw unreadable(key, rest, 'is no rule');
    const [whole] = found;
    const { parts, base = '', filter, from, to = '', all, lower } = found.groups ?? {};
    const fail = (why: string): GatewayError => unreadable(key, whole, why);
    rules.push(
      parts === undefined
        ? byDefault
        : written({
            count: Number(parts),
            base: template(base, Number(parts), fail),
            filter: filter === undefined ? undefined : pattern(`^(?:${filter})$`, '', fail),
            change: from === undefined ? undefined : change(from, to, all ?? '', fail),
            isLowered: lower !== undefined,
          }),
    );
    rest = rest.slice(whole.length).trimStart();
  }
  return rules;
}

const ruleForm = new RegExp(
  [
    String.raw`^(?:DEFAULT(?=\s|RULE:|$)`,
    String.raw`|RULE:\[(?<parts>\d{1,2}):(?<base>[^\]]*)\]`,
    String.raw`(?:\((?<filter>[^)]*)\))?`,
    String.raw`(?:s/(?<from>[^/]*)/(?<to>[^/]*)/(?<all>g)?)?/?(?<lower>L)?(?=\s|RULE:|DEFAULT|$))`,
  ].join(''),
);

/** Users of the gateway's own realm, and of those whose users are the same people. */
const byDefault: PrincipalRule = ({ parts, realm }, realms) =>
  realms.has(realm) ? parts[0] : undefined;

interface WrittenRule {
  readonly count: number;
  readonly base: Template;
  readonly filter: RegExp | undefined;
  readonly change: ((name: string) => string) | undefined;
  readonly isLowered: boolean;
}

function written({ count, base, filter, change: changed, isLowered }: WrittenRule): PrincipalRule {
  return ({ parts, realm }) => {
    if (parts.length !== count) return undefined;
    const name = fill(base, [realm, ...parts]);
    if (filter?.test(name) === false) return undefined;
    const user = changed === undefined ? name : changed(name);
    return isLowered ? user.toLowerCase() : user;
  };
}

/** `s/from/to/`, with `g` for each place. */
function change(from: string, to: string, all: string, fail: Fail): (name: string) => string {
  const wanted = pattern(from, all, fail);
  const groups = new RegExp(`${wanted.source}|`).exec('')?.length ?? 1;
  const made = template(to, groups - 1, fail, true);
  return (name) => name.replace(wanted, (...found: unknown[]) => fill(made, found.map(textOf)));
}

/** A group that took no part in the match is nothing; behind the groups stands a number. */
const textOf = (found: unknown): string => (typeof found === 'string' ? found : '');

const fill = (of: Template, values: readonly string[]): string =>
  of.map((piece) => (typeof piece === 'string' ? piece : (values[piece] ?? ''))).join('');

type Fail = (why: string) => GatewayError;

/** `$n` is a place, up to `most`; where `isEscaped`, a backslash makes the next character mean itself. */
function template(text: string, most: number, fail: Fail, isEscaped = false): Template {
  return [...text.matchAll(isEscaped ? /\\(.)|\$(\d*)|[^\\$]+|\\/g : /()\$(\d*)|[^$]+/g)].map(
    ([piece, literal, number]) => {
      if (literal !== undefined && literal !== '') return literal;
      if (number === undefined) return piece;
      if (number === '' || Number(number) > most) {
        throw fail(`has ${piece}, and what it may refer to is $0 to $${most}`);
      }
      return Number(number);
    },
  );
}

function pattern(text: string, flags: string, fail: Fail): RegExp {
  const odd = unportable(text);
  if (odd !== undefined) throw fail(`has ${odd} in a pattern, which is not understood here`);
  try {
    return new RegExp(text, flags);
  } catch {
    throw fail('has a pattern that is none');
  }
}

function unreadable(key: string, rule: string, why: string): GatewayError {
  const shown = rule.length > 100 ? `${rule.slice(0, 100)}...` : rule;
  return new GatewayError('CONFIG_INVALID', `${key}: ${shown} ${why}`, {
    hint: 'Write rules as RULE:[1:$1@$0](.*@EXAMPLE.COM)s/@.*//L or DEFAULT, one after the other; core-site.xml of Hadoop has them in the same form.',
  });
}
