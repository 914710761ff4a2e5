import type { Socket } from 'node:net';

/** Resolves once the socket has room for more, or has closed; undefined where it has room now, as `write` told. */
export function socketRoom(socket: Socket, hasRoom: boolean): Promise<void> | undefined {
  if (hasRoom || socket.destroyed) return undefined;
  const { promise, resolve } = Promise.withResolvers<void>();
  const settle = (): void => {
    socket.off('drain', settle).off('close', settle);
    resolve();
  };
  socket.on('drain', settle).on('close', settle);
  return promise;
}
