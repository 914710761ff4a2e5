import { getCiphers } from 'node:tls';
import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

/** OpenSSL's names, in order of preference; the empty list is Node's own choice. Either spelling is read. */
export const cipherSuites = new KindOf<readonly string[]>(
  reading(parseSuites),
  'a list of cipher suites such as TLS_AES_256_GCM_SHA384 or TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  true,
);

function parseSuites(from: string): readonly string[] | undefined {
  const known = new Set(getCiphers().map((name) => name.toUpperCase()));
  const names = splitList(from).map((name) => openSslName(name.toUpperCase()));
  return names.every((name) => known.has(name)) ? Object.freeze(names) : undefined;
}

/**
 * `TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256` is `ECDHE-RSA-AES128-SHA256` to OpenSSL: neither the key exchange RSA, which is
 * the oldest, nor the mode CBC is named. Names of TLS 1.3 have no WITH and are the same in both.
 */
function openSslName(name: string): string {
  const [, exchange, cipher] = /^TLS_(\w+?)_WITH_(\w+)$/.exec(name) ?? [];
  if (exchange === undefined || cipher === undefined) return name;
  const short = cipher
    .replace(/^(AES|CAMELLIA|ARIA)_(\d+)_/, '$1$2_')
    .replace('_CBC_', '_')
    .replace(/^(CHACHA20_POLY1305)_SHA256$/, '$1');
  return (exchange === 'RSA' ? short : `${exchange}_${short}`).replaceAll('_', '-');
}
