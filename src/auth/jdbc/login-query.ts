import { GatewayError } from '../../core/errors.ts';

type Parameter = 'user' | 'password';

/** A query with places for user and password. */
export interface LoginQuery {
  /** Pieces of SQL around the places: one more than there are places. */
  readonly pieces: readonly string[];
  readonly parameters: readonly Parameter[];
}

/**
 * Quoted text, a comment or a dollar-quoted text, to its end or the query's; or a place. In the order in which a database
 * would see them.
 */
const tokens =
  /'(?:[^'\\]|\\.|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?|--[^\n]*|\/\*[^]*?(?:\*\/|$)|\$(\w*)\$[^]*?(?:\$\1\$|$)|\$\{([^{}]*)\}/g;

/** Throws CONFIG_INVALID for what would let in whoever comes, and for what a database would not understand. */
export function parseLoginQuery(text: string): LoginQuery {
  if (!/^\s*select\s/i.test(text)) throw wrong('does not begin with SELECT');
  const pieces: string[] = [];
  const parameters: Parameter[] = [];
  let from = 0;
  for (const match of text.matchAll(tokens)) {
    const [whole, , name] = match;
    if (name === undefined) {
      if (whole.includes('${')) {
        throw wrong('has a place inside of quotes or a comment, where nothing is put in its stead');
      }
      continue;
    }
    if (name !== 'user' && name !== 'password') {
      throw wrong('has a place for something else than ${user} and ${password}');
    }
    pieces.push(text.slice(from, match.index));
    parameters.push(name);
    from = match.index + whole.length;
  }
  for (const needed of ['user', 'password'] as const) {
    if (!parameters.includes(needed)) {
      throw wrong(`has no \${${needed}}, so that it lets in whoever comes`);
    }
  }
  return { pieces: [...pieces, text.slice(from)], parameters };
}

/** The query as the database takes it: `mark` is what stands for the n-th parameter, from 1. */
export function sqlOf(query: LoginQuery, mark: (n: number) => string): string {
  return query.pieces.map((piece, i) => (i === 0 ? piece : `${mark(i)}${piece}`)).join('');
}

function wrong(what: string): GatewayError {
  return new GatewayError('CONFIG_INVALID', `kyuubi.authentication.jdbc.query ${what}`, {
    hint: 'For example: SELECT 1 FROM users WHERE name = ${user} AND password = sha256(${password})',
  });
}
