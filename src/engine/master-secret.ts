import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError } from '../core/errors.ts';

const leastChars = 16;

/**
 * The secret that engines' keys are derived from. Made at the first start; gateways of one namespace have to share the file's
 * contents. Throws when others could read it.
 */
export async function masterSecret(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, {
      mode: 0o600,
      flag: 'wx',
    });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) {
      throw new GatewayError('CONFIG_INVALID', `cannot write ${file}: ${String(cause)}`, { cause });
    }
  }
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0) {
    throw new GatewayError('CONFIG_INVALID', `${file} can be read by others than its owner`, {
      hint: 'chmod 600 it: whoever reads it can open every engine.',
    });
  }
  const secret = (await readFile(file, 'utf8')).trim();
  if (secret.length < leastChars) {
    throw new GatewayError('CONFIG_INVALID', `${file} holds fewer than ${leastChars} characters`);
  }
  return secret;
}
