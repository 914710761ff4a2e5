import { open } from 'node:fs/promises';
import { GatewayError } from '../../core/errors.ts';

/** A keytab holds some keys, not more. */
const limitBytes = 4 * 1024 * 1024;
const othersMayRead = 0o077;

/**
 * Looks whether the file is one that the gateway can serve by: it can be read, by nobody else, and has a key of the principal.
 * Throws CONFIG_INVALID, naming `key`, the setting that names the file.
 */
export async function checkKeytab(file: string, principal: string, key: string): Promise<void> {
  const bytes = await readGuarded(file, key);
  const held = principalsOf(bytes);
  if (held === undefined) throw unusable(key, file, 'is not a keytab of MIT Kerberos');
  if (held.has(principal)) return;
  const names = [...held].slice(0, 5).join(', ');
  throw unusable(
    key,
    file,
    `has no key of ${principal}: it has ${held.size === 0 ? 'none at all' : `those of ${names}`}`,
    `Write one with kadmin: ktadd -k ${file} ${principal}`,
  );
}

async function readGuarded(file: string, key: string): Promise<Buffer> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw unusable(key, file, `can't be read: ${String(cause)}`);
  });
  try {
    const { mode, size } = await handle.stat();
    if ((mode & othersMayRead) !== 0) {
      const hint = `Let its owner alone read it: chmod 600 ${file}`;
      throw unusable(
        key,
        file,
        'may be read by others, who could take the place of the gateway',
        hint,
      );
    }
    if (size > limitBytes) throw unusable(key, file, `has ${size} bytes: too many for a keytab`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

function unusable(key: string, file: string, problem: string, hint?: string): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `the keytab ${file} (${key}) ${problem}`,
    hint === undefined ? {} : { hint },
  );
}

/**
 * The principals that a keytab has keys of: `05 02`, then entries of `i32 length | u16 parts | realm | part...`, each text with
 * a length of 16 bits before it. A negative length is a hole. Undefined where the bytes are something else.
 */
function principalsOf(bytes: Buffer): ReadonlySet<string> | undefined {
  if (bytes.length < 2 || bytes.readUInt16BE(0) !== 0x0502) return undefined;
  const found = new Set<string>();
  try {
    for (let at = 2; at + 4 <= bytes.length;) {
      const length = bytes.readInt32BE(at);
      if (length === 0) break; // what follows the last entry
      if (length > 0) found.add(principalAt(bytes.subarray(at + 4, at + 4 + length)));
      at += 4 + Math.abs(length);
    }
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined; // cut off in the middle of an entry
    throw thrown;
  }
  return found;
}

function principalAt(entry: Buffer): string {
  let at = 2;
  const text = (): string => {
    const length = entry.readUInt16BE(at);
    at += 2 + length;
    return entry.toString('utf8', at - length, at);
  };
  const parts = entry.readUInt16BE(0);
  const realm = text();
  return `${Array.from({ length: parts }, text).join('/')}@${realm}`;
}
