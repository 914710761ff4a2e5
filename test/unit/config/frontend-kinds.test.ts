import { describe, expect, it } from 'vitest';
import { addressRanges } from '../../../src/config/address-ranges.ts';
import { cipherSuites } from '../../../src/config/cipher-suites.ts';
import { allowedTlsVersions } from '../../../src/config/tls-versions.ts';

describe('ranges of addresses', () => {
  const ranges = addressRanges.default('10.0.0.0/8, 192.0.2.7, fd00::/8').unset;

  it.each(['10.0.0.0', '10.255.255.255', '192.0.2.7', 'fd12::1', '::ffff:10.1.2.3'])(
    'have %s',
    (address) => expect(ranges.includes(address)).toBe(true),
  );

  it.each(['11.0.0.0', '192.0.2.8', 'fe80::1', '::1', '', 'localhost', '10.0.0'])(
    'do not have %j',
    (address) => expect(ranges.includes(address)).toBe(false),
  );

  it('that are empty have nothing', () => {
    expect(addressRanges.default('').unset.includes('127.0.0.1')).toBe(false);
  });

  it.each(['10.0.0.0/33', 'fd00::/129', '10.0.0', 'host', '10.0.0.0/8/8', '10.0.0.1-10.0.0.9'])(
    '%s are not understood',
    (text) => expect(addressRanges.default('').schema.safeParse(text).success).toBe(false),
  );
});

describe('cipher suites', () => {
  it.each([
    ['TLS_AES_256_GCM_SHA384', 'TLS_AES_256_GCM_SHA384'],
    ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
    ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
    ['TLS_DHE_RSA_WITH_AES_256_CBC_SHA256', 'DHE-RSA-AES256-SHA256'],
    ['TLS_RSA_WITH_AES_128_CBC_SHA', 'AES128-SHA'],
    ['ecdhe-rsa-aes256-gcm-sha384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ])('%s is %s to OpenSSL', (from, to) => {
    expect(cipherSuites.default(from).unset).toEqual([to]);
  });

  it.each(['TLS_RSA_WITH_RC4_128_MD5', 'ALL', 'TLS_AES_256_GCM_SHA384,NOPE', '!aNULL'])(
    '%s are not understood',
    (text) => expect(cipherSuites.default('').schema.safeParse(text).success).toBe(false),
  );
});

describe('versions of TLS', () => {
  it.each([
    ['', 'TLSv1.2', 'TLSv1.3'],
    ['SSLv2Hello,sslv3,TLSv1,TLSv1.1', 'TLSv1.2', 'TLSv1.3'],
    ['TLSv1.2', 'TLSv1.3', 'TLSv1.3'],
    ['TLSv1.3', 'TLSv1.2', 'TLSv1.2'],
  ])('without %j are %s to %s', (text, min, max) => {
    expect(allowedTlsVersions.default(text).unset).toEqual({ min, max });
  });
});
