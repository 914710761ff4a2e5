import { open, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { reasonOf } from '../core/errors.ts';
import { CliError } from './cli-error.ts';

/** An open file of an audit trail. */
export interface AuditFile {
  readonly path: string;
  readonly handle: FileHandle;
}

/**
 * Opens the files and those that were put aside from them, the oldest of each first, and none twice. The current one is opened
 * first: a gateway that puts it aside meanwhile takes nothing away. Throws a CliError for one that can't be opened.
 */
export async function openAuditFiles(paths: readonly string[]): Promise<readonly AuditFile[]> {
  const known = new Set<string>();
  const files: AuditFile[] = [];
  try {
    for (const path of paths) files.push(...(await openWithOlder(path, known)).toReversed());
    return files;
  } catch (thrown) {
    await closeAll(files);
    throw thrown;
  }
}

export async function closeAll(files: readonly AuditFile[]): Promise<void> {
  await Promise.allSettled(files.map(({ handle }) => handle.close()));
}

/** The newest first. `known`: device and number of files that are open already. */
async function openWithOlder(path: string, known: Set<string>): Promise<readonly AuditFile[]> {
  const files: AuditFile[] = [];
  for (const each of [path, ...(await putAside(path))]) {
    const handle = await opened(each, each !== path);
    if (handle === undefined) continue;
    const { dev, ino } = await handle.stat();
    const identity = `${dev}:${ino}`;
    if (known.has(identity)) await handle.close();
    else files.push({ path: each, handle });
    known.add(identity);
  }
  return files;
}

/** `audit.log.1`, `audit.log.2` and so on, the newest first. */
async function putAside(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const prefix = `${basename(path)}.`;
  const names = await readdir(folder).catch(() => []); // told of when the file itself is opened
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .toSorted((a, b) => a - b)
    .map((number) => join(folder, `${prefix}${number}`));
}

async function opened(path: string, mayBeGone: boolean): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    if (!(await handle.stat()).isDirectory()) return handle;
    throw new Error('it is a folder');
  } catch (cause) {
    await handle?.close();
    const isGone = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (isGone && mayBeGone) return undefined; // too old to be kept
    const reason = reasonOf(cause);
    throw new CliError('usage', `${path} can't be read: ${reason}`, {
      cause,
      hint: 'Give the files of the audit trail: torii costs FILE...',
    });
  }
}

/** No line of an audit trail is longer. */
const longestLineBytes = 1024 * 1024;
const newline = 0x0a;

/**
 * Calls back with each line of a file, and with undefined for one that is too long to be kept. One buffer serves the whole file:
 * a line is good until its call returns.
 */
export async function eachLine(
  { handle }: AuditFile,
  onLine: (line: Buffer | undefined) => void,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(2 * longestLineBytes);
  let held = 0;
  let isTooLong = false;
  for (;;) {
    const { bytesRead } = await handle.read(buffer, held, buffer.length - held, null);
    if (bytesRead === 0) break;
    const end = held + bytesRead;
    let from = 0;
    for (let at = buffer.indexOf(newline, held); at !== -1 && at < end;) {
      onLine(isTooLong || at - from > longestLineBytes ? undefined : buffer.subarray(from, at));
      isTooLong = false;
      from = at + 1;
      at = buffer.indexOf(newline, from);
    }
    held = end - from;
    isTooLong ||= held > longestLineBytes;
    if (isTooLong) held = 0;
    else buffer.copyWithin(0, from, end);
  }
  if (isTooLong || held > 0) onLine(isTooLong ? undefined : buffer.subarray(0, held));
}
