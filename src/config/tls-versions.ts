import { reading, splitList } from './kinds.ts';
import { KindOf } from './value-kind.ts';

/** The versions of TLS that are spoken, both ends included. */
export interface TlsVersions {
  readonly min: 'TLSv1.2' | 'TLSv1.3';
  readonly max: 'TLSv1.2' | 'TLSv1.3';
}

/** Below the floor: never spoken, whether they are listed or not. */
const tooOld = ['SSLv2', 'SSLv2Hello', 'SSLv3', 'TLSv1', 'TLSv1.1'];

/** Read from a list of the versions that are not to be spoken, under the names that Java has for them. */
export const allowedTlsVersions = new KindOf<TlsVersions>(
  reading(parseDisallowed),
  `a list of ${tooOld.join(', ')}, TLSv1.2, TLSv1.3 that leaves one of the last two`,
  true,
);

function parseDisallowed(from: string): TlsVersions | undefined {
  const known = [...tooOld, 'TLSv1.2', 'TLSv1.3'];
  const names = splitList(from).map((name) => name.toLowerCase());
  if (!names.every((name) => known.some((one) => one.toLowerCase() === name))) return undefined;
  const takes12 = !names.includes('tlsv1.2');
  const takes13 = !names.includes('tlsv1.3');
  if (!takes12 && !takes13) return undefined;
  return Object.freeze({
    min: takes12 ? 'TLSv1.2' : 'TLSv1.3',
    max: takes13 ? 'TLSv1.3' : 'TLSv1.2',
  });
}
