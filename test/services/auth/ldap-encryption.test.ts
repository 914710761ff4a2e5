import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LdapProvider } from '../../../src/auth/ldap/ldap-provider.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { CertificateAuthority } from '../../support/certificates.ts';
import {
  byPattern,
  bySearch,
  type LdapKeys,
  never,
  outcomeOf,
  startLdap,
} from './ldap-under-test.ts';
import { listen, Relay } from './relay.ts';
import { newUser, Slapd } from '../../support/slapd.ts';

const alice = newUser('alice');
const unavailable = 'AUTHENTICATION_UNAVAILABLE';
let slapd: Slapd;
let otherCa: string;
let started: LdapProvider[] = [];

beforeAll(async () => {
  slapd = await Slapd.start({ users: [alice], demandsTls: true });
  otherCa = new CertificateAuthority(slapd.dir, 'other').file;
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((provider) => provider.stop()));
});
afterAll(() => slapd.stop());

function provider(keys: LdapKeys): LdapProvider {
  const { provider: made } = startLdap(keys);
  started = [...started, made];
  return made;
}

/** What a login of alice's fails with. */
async function failureOf(ldap: LdapProvider): Promise<GatewayError> {
  const thrown: unknown = await ldap.authenticate('alice', alice.password, never).then(
    () => new Error('the login was accepted'),
    (reason: unknown) => reason,
  );
  if (thrown instanceof GatewayError) return thrown;
  throw thrown;
}

describe.each<[string, () => LdapKeys]>([
  ['ldaps', () => ({ url: slapd.tlsUrl })],
  ['StartTLS', () => ({ url: slapd.url, startTls: 'true' })],
])('over %s', (_, keys) => {
  test.each<[string, () => LdapKeys]>([
    ['by pattern', () => byPattern],
    ['by search', () => bySearch(slapd)],
  ])('a login %s is accepted, and refused with a wrong password', async (_name, method) => {
    const ldap = provider({ ...keys(), ...method(), caFile: slapd.caFile });
    for (const round of [1, 2, 3]) {
      expect(await outcomeOf(ldap, 'alice', alice.password), `login ${round}`).toBe('alice');
      expect(await outcomeOf(ldap, 'alice', 'wrong')).toBe('AUTHENTICATION_FAILED');
    }
  });

  test('a host by name is the one that the certificate has to name', async () => {
    const named = Object.fromEntries(
      Object.entries(keys()).map(([key, text]) => [key, text.replace('127.0.0.1', 'localhost')]),
    );
    const right = provider({ ...named, ...byPattern, caFile: slapd.caFile });
    expect(await outcomeOf(right, 'alice', alice.password)).toBe('alice');
    const elsewhere = Object.fromEntries(
      Object.entries(keys()).map(([key, text]) => [key, text.replace('127.0.0.1', '127.0.0.2')]),
    );
    const relay = await Relay.start('127.0.0.2', Number(new URL(elsewhere['url'] ?? '').port));
    try {
      const wrong = provider({ ...elsewhere, ...byPattern, caFile: slapd.caFile });
      const { code, message } = await failureOf(wrong);
      expect([code, message]).toEqual([unavailable, expect.stringContaining('ALTNAME_INVALID')]);
    } finally {
      relay.stop();
    }
  });

  test.each<[string, () => LdapKeys]>([
    ['another authority', () => ({ caFile: otherCa })],
    ["Node's own authorities", () => ({})],
  ])('a certificate is not trusted on the word of %s', async (_name, trust) => {
    const error = await failureOf(provider({ ...keys(), ...byPattern, ...trust() }));
    expect(error.code).toBe(unavailable);
    expect(error.message).toMatch(
      /cannot encrypt the connection \((?:\w+_)*CERT(?:_\w+)*|SIGNATURE\w*\)/,
    );
  });
});

test('a server that wants encryption is not blamed on the user, and the log says what to set', async () => {
  const { provider: ldap, lines } = startLdap({ url: slapd.url, ...byPattern });
  started = [...started, ldap];
  expect((await failureOf(ldap)).code).toBe(unavailable);
  expect(lines.join('')).toContain('torii.authentication.ldap.start.tls');
});

test('a server that cannot encrypt gets no password', async () => {
  const plain = await Slapd.start({ users: [alice], hasTls: false });
  try {
    const keys = { url: plain.url, startTls: 'true', caFile: slapd.caFile, ...byPattern };
    expect(await failureOf(provider(keys))).toMatchObject({
      code: unavailable,
      message: expect.stringMatching(/refused StartTLS \(result \d+\)/) as string,
    });
  } finally {
    await plain.stop();
  }
});

describe('a server in the middle that answers StartTLS itself', () => {
  const success = Buffer.from([0x30, 0x0c, 2, 1, 1, 0x78, 7, 0x0a, 1, 0, 4, 0, 4, 0]);
  const bindSuccess = Buffer.from([0x30, 0x0c, 2, 1, 3, 0x61, 7, 0x0a, 1, 0, 4, 0, 4, 0]);

  test.each<[string, Buffer]>([
    ['and adds the answer to a bind', Buffer.concat([success, bindSuccess])],
    ['and adds the beginning of one', Buffer.concat([success, bindSuccess.subarray(0, 5)])],
    ['with another message', bindSuccess],
    ['with noise', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['without an end', Buffer.alloc(40_000, 0x30)],
  ])('%s gets no password and is not believed', async (_, answer) => {
    const heard: Buffer[] = [];
    const fake = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => heard.push(bytes));
      socket.once('data', () => socket.write(answer));
    });
    const port = await listen(fake, '127.0.0.1', 0);
    try {
      const url = `ldap://127.0.0.1:${port}`;
      const times = { connectTimeoutMs: 'PT1S', operationTimeoutMs: 'PT1S' };
      const ldap = provider({
        url,
        startTls: 'true',
        caFile: slapd.caFile,
        ...byPattern,
        ...times,
      });
      expect((await failureOf(ldap)).code).toBe(unavailable);
      expect(Buffer.concat(heard)).toHaveLength(31); // the wish to encrypt, and not the beginning of a handshake
    } finally {
      fake.close();
    }
  });
});
