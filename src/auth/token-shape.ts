/** What the first part of a signed token decodes to: a JSON object that names an algorithm. */
const longestHeader = 8192;

/** Whether a password is a JSON Web Token by its form, signed or pretending to be: `header.payload.signature`. */
export function looksLikeToken(password: string): boolean {
  const [, header] = /^([\w-]+)\.[\w-]+\.[\w-]*$/.exec(password) ?? [];
  if (header === undefined || header.length > longestHeader) return false;
  try {
    const decoded: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
    return typeof decoded === 'object' && decoded !== null && 'alg' in decoded;
  } catch {
    return false; // a password with two dots in it
  }
}
