import { entry } from '../entry.ts';
import { age, duration, interval, list, reading, splitList, text } from '../kinds.ts';
import { KindOf } from '../value-kind.ts';

/** Signed by a private key and checked by a public one: what is checked with can't be used to sign. */
const signatureAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

const algorithms = new KindOf<readonly string[]>(
  reading(parseAlgorithms),
  `a list of ${signatureAlgorithms.join(', ')} (never none or HS256: those need no key, or the one that everybody knows)`,
);

const keysUrl = new KindOf<string>(
  reading(parseKeysUrl),
  'an https URL without user and password (http for this machine alone)',
);

/** Tokens of an identity provider (OpenID Connect), for `JWT`. */
export const jwtEntries = {
  keysUrl: entry('torii.authentication.jwt.jwks.url', keysUrl.optional(), {
    doc: 'Where the issuer publishes the public keys of its tokens; either this or torii.authentication.jwt.jwks.file is needed.',
    setBy: 'server',
    secret: true, // where somebody writes a password into it, the refusal must not repeat it
  }),
  keysFile: entry('torii.authentication.jwt.jwks.file', text.optional(), {
    doc: 'A file with the public keys (JWKS), read again when it changes; none but its owner, root or the user of the gateway, may be able to write it.',
    setBy: 'server',
  }),
  issuer: entry('torii.authentication.jwt.issuer', text.optional(), {
    doc: 'What has to stand in the claim `iss`; needed.',
    setBy: 'server',
  }),
  audience: entry('torii.authentication.jwt.audience', list.default(''), {
    doc: 'One of these has to stand in the claim `aud`; needed, since a token for another service must not open this one.',
    setBy: 'server',
  }),
  algorithms: entry(
    'torii.authentication.jwt.algorithms',
    algorithms.default('RS256,RS384,RS512,PS256,PS384,PS512,ES256,ES384,ES512,EdDSA,Ed25519'),
    { doc: 'Algorithms that tokens may be signed by.', setBy: 'server' },
  ),
  clockToleranceMs: entry('torii.authentication.jwt.clock.tolerance', duration.default('PT30S'), {
    doc: "How far the issuer's clock may be off.",
    setBy: 'server',
  }),
  userClaim: entry('torii.authentication.jwt.user.claim', text.default('sub'), {
    doc: 'The claim that names the user, in an object of claims by a dotted path; a user name that is given beside the token has to be the same.',
    setBy: 'server',
  }),
  groupsClaim: entry('torii.authentication.jwt.groups.claim', text.optional(), {
    doc: 'The claim that lists groups, the primary one first, e.g. `groups` or `realm_access.roles`; a slash in front of a group is dropped. Users whose tokens lack it get theirs from kyuubi.session.group.provider.',
    setBy: 'server',
  }),
  refreshMs: entry('torii.authentication.jwt.jwks.refresh.interval', interval.default('PT10M'), {
    doc: 'Keys from a URL are fetched again when they are older than this; a key that is no longer published is good for as long.',
    setBy: 'server',
  }),
  maxAgeMs: entry('torii.authentication.jwt.jwks.max.age', age.default('PT1H'), {
    doc: 'How long keys from a URL are good for while they can not be fetched again.',
    setBy: 'server',
  }),
  coolDownMs: entry('torii.authentication.jwt.jwks.cool.down', interval.default('PT30S'), {
    doc: 'The least time between two fetches of the keys, however many tokens name an unknown one.',
    setBy: 'server',
  }),
  timeoutMs: entry('torii.authentication.jwt.jwks.timeout', interval.default('PT5S'), {
    doc: 'How long a fetch of the keys may take.',
    setBy: 'server',
  }),
} as const;

function parseAlgorithms(from: string): readonly string[] | undefined {
  const names = splitList(from);
  const isAllowed = names.length > 0 && names.every((name) => signatureAlgorithms.includes(name));
  return isAllowed ? Object.freeze(names) : undefined;
}

function parseKeysUrl(from: string): string | undefined {
  const url = URL.parse(from);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isHere) ? url.href : undefined;
}
