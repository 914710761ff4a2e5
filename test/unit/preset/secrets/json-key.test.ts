import { describe, expect, test } from 'vitest';
import { jsonKeyOf } from '../../../../src/preset/secrets/json-key.ts';
import { messageFrom } from '../../../support/clusters-text.ts';

test.each([
  ['plain {', undefined, 'plain {'],
  ['{"password":"hush","port":5432,"on":true}', 'password', 'hush'],
  ['{"password":"hush","port":5432,"on":true}', 'port', '5432'],
])('of %j the key %s', (secret, key, expected) => {
  expect(jsonKeyOf(secret, key)).toBe(expected);
});

describe('a key that can not be had is told without the secret:', () => {
  test.each([
    ['{"password":"hush"}', 'user', 'it has no key user'],
    ['{"password":"hush"}', 'toString', 'it has no key toString'],
    ['{"password":{"a":"hush"}}', 'password', 'its key password is no text'],
    ['hush', 'password', 'it is no JSON, and a key of it was asked for'],
    ['["hush"]', 'password', 'it is no JSON object, and a key of it was asked for'],
  ])('%j', (secret, key, expected) => {
    expect(messageFrom(() => jsonKeyOf(secret, key))).toBe(expected);
  });
});
