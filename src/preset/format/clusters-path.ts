import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GatewayError, reasonOf } from '../../core/errors.ts';
import type { FileText } from './clusters-file.ts';

const mostBytes = 4 * 1024 * 1024;

/**
 * The file, or all `.yaml` and `.yml` files of the folder in the order of their names, links followed (a ConfigMap's are
 * links through a folder `..data`). Rejects with CONFIG_INVALID, naming path and reason.
 */
export async function readClustersPath(path: string): Promise<readonly FileText[]> {
  try {
    const facts = await stat(path);
    if (!facts.isDirectory()) return [await readOne(path, facts.size)];
    const names = (await readdir(path)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted();
    const files = await Promise.all(
      names.map(async (name) => {
        const file = join(path, name);
        const inside = await stat(file);
        return inside.isFile() ? [await readOne(file, inside.size)] : [];
      }),
    );
    return files.flat();
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    const reason = reasonOf(cause);
    throw new GatewayError('CONFIG_INVALID', `cannot read ${path}: ${reason}`, { cause });
  }
}

async function readOne(file: string, bytes: number): Promise<FileText> {
  if (bytes > mostBytes) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${file} has ${bytes} bytes, and a file of clusters may have ${mostBytes}`,
    );
  }
  return { file, text: await readFile(file, 'utf8') };
}
