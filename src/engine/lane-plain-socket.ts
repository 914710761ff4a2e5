import { connect } from 'node:net';
import { keepAliveMs } from './lane-socket.ts';
import type { LaneSocket, LaneSocketOptions } from './lane-socket.ts';

/** A lane's socket without TLS: bytes are read where they are wanted. */
export function openPlainLaneSocket(options: LaneSocketOptions): LaneSocket {
  const { host, port, room, take } = options;
  const socket = connect({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
    onread: { buffer: room, callback: take },
  });
  return {
    socket,
    readyEvent: 'connect',
    distrust: () => undefined,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
