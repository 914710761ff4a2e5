import { Exception } from 'node-zookeeper-client';
import { GatewayError } from '../../core/errors.ts';

export type FailureKind =
  | 'no-node'
  | 'node-exists'
  | 'bad-version'
  | 'not-empty'
  /** The request may or may not have been carried out. */
  | 'connection-lost'
  /** The session is over, and every ephemeral node and watch of it. */
  | 'session-ended'
  | 'other';

/** One request to ZooKeeper that failed. Callers turn it into what a client may see. */
export class ZooKeeperFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = 'ZooKeeperFailure';
    this.kind = kind;
  }
}

const kinds = new Map<number, FailureKind>([
  [Exception.NO_NODE, 'no-node'],
  [Exception.NODE_EXISTS, 'node-exists'],
  [Exception.BAD_VERSION, 'bad-version'],
  [Exception.NOT_EMPTY, 'not-empty'],
  [Exception.CONNECTION_LOSS, 'connection-lost'],
  [Exception.OPERATION_TIMEOUT, 'connection-lost'],
  [Exception.SESSION_EXPIRED, 'session-ended'],
  [Exception.AUTH_FAILED, 'session-ended'],
]);

export function toZooKeeperFailure(what: string, thrown: unknown): ZooKeeperFailure {
  if (thrown instanceof ZooKeeperFailure) return thrown;
  const code = thrown instanceof Exception ? thrown.code : undefined;
  const kind = code === undefined ? 'other' : (kinds.get(code) ?? 'other');
  const text = thrown instanceof Exception ? thrown.name : String(thrown);
  return new ZooKeeperFailure(kind, `${what}: ${text}`, { cause: thrown });
}

export function failedWith(thrown: unknown, ...wanted: readonly FailureKind[]): boolean {
  return thrown instanceof ZooKeeperFailure && wanted.includes(thrown.kind);
}

/** What remains of ZooKeeper's failures once every one that has a meaning has been dealt with. */
export function toUnavailable(thrown: unknown): unknown {
  if (!(thrown instanceof ZooKeeperFailure)) return thrown;
  return new GatewayError('DISCOVERY_UNAVAILABLE', `ZooKeeper failed: ${thrown.message}`, {
    cause: thrown,
  });
}

/** For background work: the error that says nothing new is dropped. */
export async function ignoring(wanted: FailureKind, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (failure) {
    if (!failedWith(failure, wanted)) throw failure;
  }
}
