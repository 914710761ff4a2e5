import { createCipheriv, createHmac, randomBytes } from 'node:crypto';

/** How tokens are made (kyuubi-contract 7.8). */
export interface TokenSettings {
  /** AES key length in bits: 128, 192 or 256. */
  readonly keyLengthBits: number;
  readonly lifetimeMs: number;
}

/**
 * An engine's own key, HMAC-SHA256(master secret, launch tag): SQL users can read what their engine holds, so it holds
 * nothing that opens another engine.
 */
export function engineKey(masterSecret: string, launchTag: string): string {
  return createHmac('sha256', masterSecret).update(launchTag).digest('base64url');
}

/** A token for one connection: hex of `IV | AES-CBC({issueDate, maxDate})` under the first characters of the key. */
export function mintToken(key: string, settings: TokenSettings, nowMs: number): string {
  const bytes = settings.keyLengthBits / 8;
  const aesKey = Buffer.from(key.slice(0, bytes).padEnd(bytes, ' '), 'utf8');
  const iv = randomBytes(16);
  const cipher = createCipheriv(`aes-${settings.keyLengthBits}-cbc`, aesKey, iv);
  const body = JSON.stringify({ issueDate: nowMs, maxDate: settings.lifetimeMs });
  return Buffer.concat([iv, cipher.update(body, 'utf8'), cipher.final()]).toString('hex');
}
