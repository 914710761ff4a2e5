import type { Socket } from 'node:net';
import type { GatewayError } from '../core/errors.ts';

export interface LaneSocketOptions {
  readonly host: string;
  readonly port: number;
  /** Where the next bytes go. */
  readonly room: () => Buffer;
  /** So many bytes were put into the room that was asked for last. False: nothing more until `resume`. */
  readonly take: (length: number) => boolean;
  /** Of every lane, for what is copied at once. */
  readonly shared: Buffer;
}

/** A socket to an engine, and what has to be waited for and looked at before anything is sent. */
export interface LaneSocket {
  readonly socket: Socket;
  readonly readyEvent: 'connect' | 'secureConnect';
  /** Once ready: why this is not the engine that was meant, where it is not. */
  readonly distrust: () => GatewayError | undefined;
  readonly pause: () => void;
  readonly resume: () => void;
}

export const keepAliveMs = 60_000;
