/** What stands in a request's `Authorization` header. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'negotiate'; readonly token: Buffer }
  /** A scheme that is not known, or a value that does not read. */
  | { readonly kind: 'unknown'; readonly scheme: string };

/** Schemes in any case; the last of the words behind one counts, since one driver puts a colon between (hiveserver2-wire 2.2). */
export function readCredentials(header: string | undefined): Credentials {
  if (header === undefined || header.trim() === '') return { kind: 'none' };
  const [scheme = '', ...words] = header.trim().split(/\s+/);
  const value = words.at(-1) ?? '';
  switch (scheme.toLowerCase()) {
    case 'basic': {
      const [, user, password] =
        /^([^:]*):(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
      if (user === undefined || password === undefined) return { kind: 'unknown', scheme };
      return { kind: 'basic', user, password };
    }
    case 'bearer':
      return value === '' ? { kind: 'unknown', scheme } : { kind: 'bearer', token: value };
    case 'negotiate': {
      const token = Buffer.from(value, 'base64');
      return token.length === 0 ? { kind: 'unknown', scheme } : { kind: 'negotiate', token };
    }
    default:
      return { kind: 'unknown', scheme };
  }
}
