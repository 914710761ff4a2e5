import { expect, test } from 'vitest';
import {
  redactSettings,
  redactStatement,
  redactText,
  redacted,
  secretsOf,
} from '../../../src/config/redaction.ts';

const pattern = /secret|password|token|access[.]key/i;
const settings = new Map([
  ['spark.hadoop.fs.s3a.access.key', 'AKIA123'],
  ['kyuubi.ha.zookeeper.auth.digest', 'torii:pw12'],
  ['spark.x', '1'],
]);

test('values of secret keys are hidden, by the pattern or by the entry', () => {
  expect([...redactSettings(settings, pattern).values()]).toEqual([redacted, redacted, '1']);
});

test('known secrets and values of secret keys are taken out of free text', () => {
  const line = 'spark-submit --conf my.password="a b" --conf spark.x=1 AKIA123 for torii:pw12';
  expect(redactText(line, secretsOf(settings, pattern), pattern)).toBe(
    `spark-submit --conf my.password=${redacted} --conf spark.x=1 ${redacted} for ${redacted}`,
  );
});

test('a secret in the value of another key is taken out as well', () => {
  expect(redactText('url=jdbc:x://h/db?user=u&password=hidden1', [], pattern)).toBe(
    `url=jdbc:x://h/db?user=u&password=${redacted}`,
  );
});

test.each([
  ['set my.password=hid den', `set my.password=${redacted}`],
  ["SET my.password = 'hid den'", `SET my.password = ${redacted}`],
  ["create table t using jdbc options (password 'hidden', url 'x')", `, url 'x')`],
  [`options ('password' = "hidden", url 'x')`, `('password' = ${redacted}, url 'x')`],
  ["options (password 'hid''den', url 'x')", `(password ${redacted}, url 'x')`],
  ["options (password 'hid\\'den', url 'x')", `(password ${redacted}, url 'x')`],
  ["call f(token => 'hidden', x => 1)", `(token => ${redacted}, x => 1)`],
  [`select from_json('{"token":"hidden","a":1}')`, `{"token":${redacted},"a":1}`],
  ["options (url 'jdbc:x://h/db?user=u&password=hidden')", `user=u&password=${redacted}`],
  ["options (url 'jdbc:x://bob:hidden@h/db')", `'jdbc:x://bob:${redacted}@h/db'`],
  ["options (a=password=hidden, url 'x')", `(a=password=${redacted} url 'x')`],
  ["options (password 'hidden and never closed", `options (password ${redacted}`],
  ["select 'AKIA123'", `select '${redacted}'`],
])('%s keeps its secret to itself', (statement, shown) => {
  const secrets = secretsOf(settings, pattern);
  const text = redactStatement(statement, secrets, pattern, 1000);
  expect(text).toContain(shown);
  expect(text).not.toMatch(/hid|den'|AKIA/);
});

test('a statement without secrets stays as it is, up to the limit', () => {
  const statement = "select a, 'b' as token from t where x = 'y' -- 12:30:00";
  expect(redactStatement(statement, [], pattern, 1000)).toBe(statement);
  expect(redactStatement(statement, [], pattern, 8)).toBe('select a');
});

test.each([
  ['a word', 'x'],
  ['quotes', '"'],
  ['blanks', ' '],
  ['half a key', 'password '],
  ['keys of keys', 'a=password='],
])('%s of any length leaves what follows redacted', (_, text) => {
  const statement = `${text.repeat(4000)} password='hidden'`;
  expect(redactStatement(statement, [], pattern, 100_000)).not.toContain('hidden');
});

test('the limit leaves no part of a secret', () => {
  const secret = 's3cret'.repeat(10);
  const text = redactStatement(`select '${secret}', 2`, [secret], pattern, 20);
  expect(text).toBe(`select '${redacted}`.slice(0, 20));
  const many = `${secret},`.repeat(20);
  for (let limit = 1; limit < 400; limit++) {
    expect(redactStatement(many, [secret], pattern, limit)).not.toContain('s3cret');
  }
});
