import { open } from 'node:fs/promises';
import { SecretError } from '../secret-source.ts';
import type { SecretSource } from '../secret-source.ts';

const mostBytes = 64 * 1024;

/** Files of the gateway's host, e.g. a mounted secret; a line's end behind the text is none of it. */
export const fileSecrets: SecretSource<'file'> = {
  kind: 'file',
  async read({ path }, signal) {
    const handle = await open(path, 'r').catch((cause: unknown) => {
      throw troubleOf(path, cause);
    });
    try {
      const { size } = await handle.stat();
      if (size > mostBytes)
        throw new SecretError('unusable', `it has more than ${mostBytes} bytes`);
      return (await handle.readFile({ encoding: 'utf8', signal })).replace(/\r?\n$/, '');
    } catch (cause) {
      throw cause instanceof SecretError ? cause : troubleOf(path, cause);
    } finally {
      await handle.close();
    }
  },
};

function troubleOf(path: string, cause: unknown): SecretError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SecretError('not-found', `there is no ${path}`, { cause });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SecretError('denied', `${path} may not be read`, { cause });
  }
  return new SecretError('unavailable', `${path} can't be read (${code})`, { cause });
}
