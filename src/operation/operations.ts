import { GatewayError } from '../core/errors.ts';
import { bytesToUuid, secretMatches } from '../core/handle.ts';
import type { HandleId } from '../core/handle.ts';
import type { MayUse, Owner } from '../core/owner.ts';
import type { Operation } from './operation.ts';

/** How many closed handles are remembered, so that closing one again succeeds. */
const rememberedClosed = 10_000;

/** Every operation of this gateway by its guid: handles are global, any connection may use one. */
export class Operations {
  readonly #byGuid = new Map<string, Operation>();
  /** Owners by the guid of an operation that was closed, oldest first. */
  readonly #closed = new Map<string, Owner>();

  get size(): number {
    return this.#byGuid.size;
  }

  add(operation: Operation): void {
    this.#byGuid.set(key(operation.id.guid), operation);
  }

  remove(operation: Operation): void {
    if (!this.#byGuid.delete(key(operation.id.guid))) return;
    this.#closed.set(key(operation.id.guid), operation.owner);
    if (this.#closed.size > rememberedClosed) {
      const [oldest] = this.#closed.keys();
      if (oldest !== undefined) this.#closed.delete(oldest);
    }
  }

  /** The operation that the handle names, if the caller may use it; throws `OPERATION_NOT_FOUND` else, for whatever reason. */
  find(handle: HandleId, mayUse: MayUse): Operation {
    const operation = this.#byGuid.get(key(handle.guid));
    if (
      operation !== undefined &&
      secretMatches(operation.id, handle.secret) &&
      mayUse(operation.owner)
    ) {
      return operation;
    }
    throw new GatewayError(
      'OPERATION_NOT_FOUND',
      `Invalid OperationHandle: OperationHandle [${bytesToUuid(handle.guid)}]`,
      { hint: 'It was closed, or it belongs to a session that has ended or to another user.' },
    );
  }

  /** Whether it was closed a while ago, and was the caller's to use: closing twice is no error. */
  wasClosed(handle: HandleId, mayUse: MayUse): boolean {
    const owner = this.#closed.get(key(handle.guid));
    return owner !== undefined && mayUse(owner);
  }
}

function key(guid: Buffer): string {
  return guid.toString('latin1');
}
