import { GatewayError } from '../core/errors.ts';
import { bytesToUuid, secretMatches } from '../core/handle.ts';
import type { HandleId } from '../core/handle.ts';
import type { Operation } from './operation.ts';

/** How many closed handles are remembered, so that closing one again succeeds. */
const rememberedClosed = 10_000;

/** Every operation of this gateway by its guid: handles are global, any connection may use one. */
export class Operations {
  readonly #byGuid = new Map<string, Operation>();
  /** Users by the guid of an operation that was closed, oldest first. */
  readonly #closed = new Map<string, string>();

  get size(): number {
    return this.#byGuid.size;
  }

  add(operation: Operation): void {
    this.#byGuid.set(key(operation.id.guid), operation);
  }

  remove(operation: Operation): void {
    if (!this.#byGuid.delete(key(operation.id.guid))) return;
    this.#closed.set(key(operation.id.guid), operation.user);
    if (this.#closed.size > rememberedClosed) {
      const [oldest] = this.#closed.keys();
      if (oldest !== undefined) this.#closed.delete(oldest);
    }
  }

  /** The operation that the handle names, if it is this user's (`undefined` asks the secret alone); throws `OPERATION_NOT_FOUND` else, for whatever reason. */
  find(handle: HandleId, user: string | undefined): Operation {
    const operation = this.#byGuid.get(key(handle.guid));
    if (
      operation !== undefined &&
      secretMatches(operation.id, handle.secret) &&
      (user === undefined || operation.user === user)
    ) {
      return operation;
    }
    throw new GatewayError(
      'OPERATION_NOT_FOUND',
      `Invalid OperationHandle: OperationHandle [${bytesToUuid(handle.guid)}]`,
      { hint: 'It was closed, or it belongs to a session that has ended or to another user.' },
    );
  }

  /** Whether this user closed it a while ago: closing twice is no error. */
  wasClosed(handle: HandleId, user: string | undefined): boolean {
    const owner = this.#closed.get(key(handle.guid));
    return owner !== undefined && (user === undefined || owner === user);
  }
}

function key(guid: Buffer): string {
  return guid.toString('latin1');
}
