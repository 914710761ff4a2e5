import { expect, it } from 'vitest';
import { redacted } from '../../../src/config/redaction.ts';
import { launchRedaction, redactedError } from '../../../src/launch/launch-redaction.ts';

const pattern = /password/i;
const pem = '-----BEGIN KEY-----\nMIIEvQIBADAN\nBgkqhkiG9w0B\n-----END KEY-----';
const redact = launchRedaction(pattern, {
  conf: new Map([
    ['spark.my.password', 'a/b "c"'],
    ['spark.plain.key', pem],
    ['spark.kyuubi.ha.zookeeper.auth.digest', 'torii:zkword'],
    ['spark.security.credentials.hive.enabled', 'false'],
    ['spark.app.name', 'nightly'],
  ]),
  secretKeys: new Set(['spark.plain.key']),
  engineKey: 'e0e1e2e3',
});

it.each([
  ['the key of the engine', 'key e0e1e2e3!', `key ${redacted}!`],
  ['a value of a secret key', 'it is a/b "c"', `it is ${redacted}`],
  ['in an address', 'http://x/?p=a%2Fb%20%22c%22', `http://x/?p=${redacted}`],
  ['in JSON', '{"p":"a/b \\"c\\""}', `{"p":"${redacted}"}`],
  ['in Base64', `data: ${Buffer.from('a/b "c"').toString('base64')}`, `data: ${redacted}`],
  ['a line of one with several', '  MIIEvQIBADAN', `  ${redacted}`],
  ['what stands behind the name of a digest', 'login zkword', `login ${redacted}`],
  ['what stands behind a secret key', 'other.password=unknown', `other.password=${redacted}`],
])('takes out a secret: %s', (_what, text, shown) => {
  expect(redact(text)).toBe(shown);
});

it('leaves what is no secret as it is', () => {
  const text = 'nightly is false';
  expect(redact(text)).toBe(text);
});

it('of a launch that is not known, takes out what stands behind a secret key', () => {
  expect(launchRedaction(pattern)('my.password=abcd of e0e1e2e3')).toBe(
    `my.password=${redacted} of e0e1e2e3`,
  );
});

it('a failure loses the secrets of its causes, too', () => {
  const failure = new TypeError('outer e0e1e2e3', { cause: new Error('inner zkword') });
  const shown = redactedError(failure, redact);
  expect(shown).toMatchObject({ name: 'TypeError', message: `outer ${redacted}` });
  expect(shown.cause).toMatchObject({ message: `inner ${redacted}` });
  expect(shown.stack).not.toContain('e0e1e2e3');
});
