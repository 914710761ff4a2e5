import { describe, expect, test } from 'vitest';
import { parseLoginQuery, sqlOf } from '../../../../src/auth/jdbc/login-query.ts';

describe('a query', () => {
  test.each([
    [
      'SELECT 1 FROM u WHERE n = ${user} AND p = md5(${password})',
      'SELECT 1 FROM u WHERE n = $1 AND p = md5($2)',
      ['user', 'password'],
    ],
    [
      "select 'it''s' FROM u WHERE p=${password} AND (n=${user} OR m=${user}) -- all",
      "select 'it''s' FROM u WHERE p=$1 AND (n=$2 OR m=$3) -- all",
      ['password', 'user', 'user'],
    ],
  ])('%s', (text, sql, parameters) => {
    const query = parseLoginQuery(text);
    expect(query.parameters).toEqual(parameters);
    expect(sqlOf(query, (n) => `$${n}`)).toBe(sql);
    expect(sqlOf(query, () => '?')).toBe(sql.replaceAll(/\$\d/g, '?'));
  });

  test.each([
    ['UPDATE u SET x = ${user} WHERE p = ${password}', 'does not begin with SELECT'],
    ['SELECTED ${user} ${password}', 'does not begin with SELECT'],
    ['SELECT 1 FROM u WHERE n = ${user}', 'has no ${password}'],
    ['SELECT 1 FROM u WHERE p = ${password}', 'has no ${user}'],
    ["SELECT 1 FROM u WHERE n = '${user}' AND p = ${password}", 'inside of quotes'],
    ["SELECT '${' FROM u WHERE n = ${user} AND p = ${password}", 'inside of quotes'],
    ['SELECT 1 FROM u WHERE n = "${user}" AND p = ${password}', 'inside of quotes'],
    ['SELECT 1 FROM u WHERE n = `${user}` AND p = ${password}', 'inside of quotes'],
    ['SELECT 1 FROM u WHERE n = ${user} -- AND p = ${password}', 'inside of quotes or a comment'],
    ['SELECT 1 FROM u WHERE n = ${user} /* AND p = ${password} */', 'inside of quotes'],
    ['SELECT 1 FROM u WHERE n = ${user} AND p = $x$${password}$x$', 'inside of quotes'],
    ['SELECT 1 FROM u WHERE n = ${user} AND p = ${password} AND t = ${tenant}', 'something else'],
  ])('%s is refused', (text, message) => {
    expect(() => parseLoginQuery(text)).toThrow(message);
  });
});
