import type { IncomingMessage } from 'node:http';

/** How much of a body that nobody wants is read before the connection is given up. */
const mostSkippedBytes = 64 * 1024 * 1024;

/** The whole body; undefined when it was too long. Throws when the client leaves in the middle of it. */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) {
    await skipBody(request);
    return undefined;
  }
  let bytes = 0;
  let chunks: Buffer[] = [];
  await readUntil(request, (chunk) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxBytes) chunks = [];
    return bytes <= maxBytes + mostSkippedBytes;
  });
  if (bytes > maxBytes) return undefined;
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, bytes);
}

/** Reads the body without keeping it: a client that is still sending would see a reset instead of the answer. */
export async function skipBody(request: IncomingMessage): Promise<void> {
  let bytes = 0;
  await readUntil(request, (chunk) => {
    bytes += chunk.length;
    return bytes <= mostSkippedBytes;
  });
}

/**
 * Resolves at the body's end, or once `take` does not want more, which destroys the request. By its events: an iterator
 * over each body costs more than all else that is done with a small one.
 */
function readUntil(request: IncomingMessage, take: (chunk: Buffer) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const left = (): void => {
      if (!request.readableEnded) reject(new Error('the client left in the middle of a request'));
    };
    if (request.readableEnded) return resolve();
    if (request.destroyed) return left();
    request
      .on('data', (chunk: Buffer) => {
        if (take(chunk)) return;
        request.destroy();
        resolve();
      })
      .on('end', resolve)
      .on('error', reject)
      .on('close', left);
  });
}
