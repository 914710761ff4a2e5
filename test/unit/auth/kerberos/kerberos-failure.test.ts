import { describe, expect, test } from 'vitest';
import { loginFailure, messageFailure } from '../../../../src/auth/kerberos/kerberos-failure.ts';

const failure = 13 << 16;
const noCredential = 7 << 16;
/** As the library gives it: without a sign. */
const code = (offset: number): number => (-1765328384 + offset) >>> 0;

describe('a login that the library refuses', () => {
  test.each([
    ['a replay', 34, '', 'AUTHENTICATION_FAILED', /second time: this is a replay/, /Connect again/],
    ['a skew', 37, '', 'AUTHENTICATION_FAILED', /clocks .* differ/, /NTP/],
    ['a ticket of the future', 33, '', 'AUTHENTICATION_FAILED', /clocks .* differ/, /NTP/],
    ['a postdated one', 145, '', 'AUTHENTICATION_FAILED', /for a later time/, /kinit -v/],
    ['an old ticket', 32, '', 'AUTHENTICATION_FAILED', /has expired/, /kinit/],
    [
      'another version',
      44,
      '',
      'AUTHENTICATION_FAILED',
      /a version of the service's key/,
      /keytab/,
    ],
    ['another key', 31, '', 'AUTHENTICATION_FAILED', /can't be opened/, /kvno/],
    ['another service', 144, '', 'AUTHENTICATION_FAILED', /a service that/, /principal=/],
    ['an old cipher', 236, '', 'AUTHENTICATION_FAILED', /does not permit/, /AES/],
    ['a full disk', 172, '', 'AUTHENTICATION_UNAVAILABLE', /replay cache/, /write/],
    ['a replay in SPNEGO', 0, 'Request is a replay', 'AUTHENTICATION_FAILED', /a replay/, /again/],
    ['a skew in SPNEGO', 0, 'Clock skew too great', 'AUTHENTICATION_FAILED', /clocks/, /NTP/],
    ['garbage', 0, 'Invalid token was supplied', 'AUTHENTICATION_FAILED', /token can't/, /kinit/],
  ])('for %s is told why and what to do', (_what, offset, text, error, message, hint) => {
    const minor = offset === 0 ? 100_001 : code(offset);
    const told = loginFailure({ major: failure, minor, text });
    expect(told).toMatchObject({
      code: error,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      cause: new Error(text),
    });
  });

  test('for want of a key is told that there is none', () => {
    expect(loginFailure({ major: noCredential, minor: 0, text: 'x' }).message).toMatch(
      /has no key for/,
    );
  });

  test('in words that name files and principals keeps them for the log', () => {
    const text = 'Cannot find key of hive/gw@R kvno 3 in keytab FILE:/etc/gw.keytab';
    const told = loginFailure({ major: failure, minor: code(44), text });
    expect(`${told.message} ${told.hint}`).not.toContain('/etc/gw.keytab');
    expect(String(told.cause)).toContain(text);
  });
});

describe('a message after the login', () => {
  test.each([
    [6 << 16, /altered/],
    [2, /a second time/],
    [4, /a second time/],
    [8, /out of order/],
    [16, /missing before it/],
  ])('of status %i is not believed', (major, message) => {
    expect(messageFailure({ major, minor: 0, text: '' })?.message).toMatch(message);
  });

  test('without a complaint is believed', () => {
    expect(messageFailure({ major: 0, minor: 0, text: '' })).toBeUndefined();
  });
});
