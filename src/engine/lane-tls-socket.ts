import { createHash } from 'node:crypto';
import type { SocketConstructorOpts } from 'node:net';
import { connect } from 'node:tls';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { GatewayError } from '../core/errors.ts';
import type { LaneSocket, LaneSocketOptions } from './lane-socket.ts';
import { keepAliveMs } from './lane-socket.ts';
import { RecordGatherer } from './record-gatherer.ts';

/** A lane's socket with TLS, to an engine that is known by the hex of its certificate's SHA-256 alone. */
export function openTlsLaneSocket(options: LaneSocketOptions, certificate: string): LaneSocket {
  const { host, port, room, take, shared } = options;
  const gatherer = new RecordGatherer({ room, take, scratch: shared });
  let isDue = false;
  const endOfTurn = (): void => {
    isDue = false;
    if (!gatherer.handOver()) socket.pause();
  };
  const read = (length: number): boolean => {
    const wantsMore = gatherer.push(shared.subarray(0, length));
    if (gatherer.isDue && !isDue) {
      isDue = true;
      setImmediate(endOfTurn);
    }
    return wantsMore;
  };
  const connection: ConnectionOptions & Pick<SocketConstructorOpts, 'onread'> = {
    host,
    port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: false, // signed by nobody: `distrust` compares the certificate itself
    onread: { buffer: shared, callback: read }, // passed on to the socket, which the types don't know
  };
  const socket = connect(connection);
  socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
  socket.on('close', () => gatherer.handOver()); // before anybody else learns of the end
  return {
    socket,
    readyEvent: 'secureConnect',
    distrust: () => (shows(socket, certificate) ? undefined : stranger(options)),
    pause: () => {
      gatherer.pause();
      socket.pause();
    },
    resume: () => {
      if (gatherer.resume()) socket.resume();
    },
  };
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
