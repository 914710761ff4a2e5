import { open } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { LineSplitter } from '../line-splitter.ts';

const pollMs = 100;
const chunkBytes = 64 * 1024;

/** A file's lines from line `from`, as they are written, until `hasEnded` and everything is read, or the signal fires. */
export async function* tailLines(
  path: string,
  from: number,
  hasEnded: () => boolean,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const file = await open(path, 'r');
  try {
    const splitter = new LineSplitter();
    const chunk = Buffer.allocUnsafe(chunkBytes);
    let position = 0;
    let line = 0;
    while (!signal.aborted) {
      const isLast = hasEnded(); // asked before the read: what is written before the end is read after it
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, position);
      position += bytesRead;
      for (const text of splitter.push(chunk.subarray(0, bytesRead))) {
        if (line++ >= from) yield text;
      }
      if (bytesRead > 0) continue;
      if (isLast) break;
      const { size } = await file.stat();
      if (size < position)
        position = 0; // somebody emptied it to save space
      else await clock.sleep(pollMs, signal).catch(() => undefined); // the next round sees that it was called off
    }
    if (signal.aborted) return;
    for (const text of splitter.end()) {
      if (line++ >= from) yield text;
    }
  } finally {
    await file.close();
  }
}

/** The lines of a file's last `maxBytes`; a file that can't be read has none. */
export async function lastLines(path: string, maxBytes: number): Promise<readonly string[]> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, maxBytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, size - bytes.length);
    const splitter = new LineSplitter();
    return [...splitter.push(bytes.subarray(0, bytesRead)), ...splitter.end()];
  } finally {
    await file.close();
  }
}
