import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createHash } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { GatewayError } from '../core/errors.ts';

export interface LaneSocketOptions {
  readonly host: string;
  readonly port: number;
  /** Hex of the SHA-256 of the certificate that the other end has to show; undefined for no TLS. */
  readonly certificate: string | undefined;
  /** Where the next bytes go. */
  readonly room: () => Buffer;
  /** So many bytes were put into the room that was asked for last. False: nothing more until `resume`. */
  readonly take: (length: number) => boolean;
}

/** A socket to an engine, and what has to be waited for and looked at before anything is sent. */
export interface LaneSocket {
  readonly socket: Socket;
  readonly readyEvent: 'connect' | 'secureConnect';
  /** Once ready: why this is not the engine that was meant, where it is not. */
  readonly distrust: () => GatewayError | undefined;
}

const keepAliveMs = 60_000;

export function openLaneSocket(options: LaneSocketOptions): LaneSocket {
  const { host, port, certificate, room, take } = options;
  if (certificate !== undefined) return openTls(options, certificate);
  const socket = connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    onread: { buffer: room, callback: take },
  });
  return { socket, readyEvent: 'connect', distrust: () => undefined };
}

function openTls(options: LaneSocketOptions, certificate: string): LaneSocket {
  const { host, port } = options;
  const socket = connectTls({
    host,
    port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: false, // signed by nobody: `distrust` compares the certificate itself
  });
  socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
  // A record is deciphered whole, also behind one that pauses us, so bytes come by the stream, which keeps what is too early.
  socket.on('data', (chunk: Buffer) => handOver(socket, chunk, options));
  return {
    socket,
    readyEvent: 'secureConnect',
    distrust: () => (shows(socket, certificate) ? undefined : stranger(options)),
  };
}

function handOver(socket: TLSSocket, chunk: Buffer, { room, take }: LaneSocketOptions): void {
  let at = 0;
  while (at < chunk.length) {
    const copied = chunk.copy(room(), 0, at);
    at += copied;
    if (take(copied)) continue;
    if (socket.destroyed) return;
    socket.pause();
    if (at < chunk.length) socket.unshift(chunk.subarray(at));
    return;
  }
}

function shows(socket: TLSSocket, certificate: string): boolean {
  const shown = socket.getPeerX509Certificate()?.raw;
  return shown !== undefined && createHash('sha256').update(shown).digest('hex') === certificate;
}

function stranger({ host, port }: LaneSocketOptions): GatewayError {
  return new GatewayError(
    'ENGINE_UNREACHABLE',
    `what answers at ${host}:${port} shows another certificate than the engine that is registered there`,
    {
      hint: 'The engine has ended and another program has its port, or somebody stands between.',
    },
  );
}
