import { parsePasswordHash } from '../../core/password-hash.ts';
import type { PasswordHash } from '../../core/password-hash.ts';

/** Reads lines `user:scrypt$N$r$p$salt$hash`; `#` begins a comment. Throws an Error that names the line and shows none of it. */
export function parsePasswordLines(text: string): ReadonlyMap<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, line] of text.split('\n').entries()) {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) continue;
    const place = `line ${index + 1}`;
    const colon = content.lastIndexOf(':'); // a name may hold one, a hash holds none
    const user = content.slice(0, Math.max(colon, 0));
    const hash = parsePasswordHash(content.slice(colon + 1));
    if (user === '' || hash === undefined) {
      throw new Error(`${place} is not user:hash as torii hash-password makes it`);
    }
    if (users.has(user)) throw new Error(`${place} has a user that an earlier line has, too`);
    users.set(user, hash);
  }
  return users;
}
