import { expect, test } from 'vitest';
import { clientUser } from '../../../../src/auth/kerberos/client-user.ts';

const known = { realms: new Set(['EXAMPLE.COM', 'SISTER.ORG']), rules: undefined };

test.each([
  ['alice@EXAMPLE.COM', 'alice'],
  ['alice/host.example.com@EXAMPLE.COM', 'alice'],
  ['alice/a/b@EXAMPLE.COM', 'alice'],
  ['alice@SISTER.ORG', 'alice'],
])('%s is the user %s', (clientName, user) => {
  expect(clientUser(clientName, known)).toBe(user);
});

test.each(['alice@OTHER.ORG', 'alice@example.com', 'alice/EXAMPLE.COM@OTHER.ORG'])(
  '%s is of a realm that is not trusted',
  (clientName) => {
    expect(() => clientUser(clientName, known)).toThrow(
      expect.objectContaining({
        code: 'AUTHENTICATION_FAILED',
        message: expect.stringMatching(/^The ticket is of the realm (OTHER.ORG|example.com),/),
        hint: expect.stringContaining('torii.authentication.kerberos.trusted.realms'),
      }),
    );
  },
);

test.each([
  'alice',
  '@EXAMPLE.COM',
  '/host@EXAMPLE.COM',
  'al\\@ice@EXAMPLE.COM',
  'alice\\@OTHER.ORG@EXAMPLE.COM',
  'alice@OTHER.ORG@EXAMPLE.COM',
  'al\\/ice@EXAMPLE.COM',
  'alice\\n@EXAMPLE.COM',
  ' alice@EXAMPLE.COM',
  'alice\u0007@EXAMPLE.COM',
  'WELLKNOWN/ANONYMOUS@EXAMPLE.COM',
  '',
])('%j is nobody', (clientName) => {
  expect(() => clientUser(clientName, known)).toThrow(/no name of a user here/);
});
