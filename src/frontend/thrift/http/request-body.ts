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
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > maxBytes) chunks = [];
    if (bytes > maxBytes + mostSkippedBytes) break;
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks, bytes);
}

/** Reads the body without keeping it: a client that is still sending would see a reset instead of the answer. */
export async function skipBody(request: IncomingMessage): Promise<void> {
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostSkippedBytes) return;
  }
}
