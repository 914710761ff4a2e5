import type { HandleId } from '../core/handle.ts';
import type { BatchHead } from '../wire/batch-head.ts';
import { encodeCall } from '../wire/struct-codec.ts';
import type { EngineLane } from './engine-lane.ts';
import { RowsRelay, unwanted } from './rows-relay.ts';

/** A FetchResults request on its way to an engine. */
export interface RowsRequest {
  /** With the engine's handle in it. */
  readonly message: Buffer;
  readonly seqId: number;
  readonly operation: HandleId;
  /** TFetchOrientation. */
  readonly orientation: number;
  readonly maxRows: number;
}

const fetchNext = 0;
const fetchPrior = 1;
/** A client that takes longer for a batch gets the next one without a head start. */
const heldForMs = 30_000;

/** The batch that a client got last, and how it asked for it. */
interface Delivered {
  readonly request: RowsRequest;
  readonly startRow: number;
}

interface Held extends Delivered {
  readonly lane: EngineLane;
  readonly timer: NodeJS.Timeout;
}

/**
 * Asks for the next rows while a client is at work on the last ones, once it has asked twice for as many of the same result.
 * The reply stays in the connection, so it takes no memory here, until the client asks for just that. For anything else it is
 * given back: the engine's cursor goes back to where the client believes it is. At most one reply of a session waits so.
 */
export class ReadAhead {
  readonly #released: (lane: EngineLane) => void;
  #last: Delivered | undefined;
  #held: Held | undefined;
  #returning: Promise<void> | undefined;

  /** `released` is told of a lane that is idle again. */
  constructor(released: (lane: EngineLane) => void) {
    this.#released = released;
  }

  /** The lane in which the answer to this request waits; undefined when the engine has to be asked. */
  async laneFor(request: RowsRequest): Promise<EngineLane | undefined> {
    if (this.#returning !== undefined) await this.#returning;
    const held = this.#held;
    if (held === undefined || !isOf(held, request.operation)) return undefined;
    if (isNextOf(held.request, request)) return this.#let(held);
    await this.giveBack(request.operation);
    return undefined;
  }

  /** A client has got its answer through this lane, which is idle; asks for the next rows where that makes sense. */
  delivered(request: RowsRequest, lane: EngineLane, batch: BatchHead | undefined): void {
    const before = this.#last;
    this.#last = undefined;
    if (batch === undefined || !batch.hasMoreRows || request.orientation !== fetchNext) return;
    // The bytes that the request stands in are the client connection's.
    const last = {
      request: { ...request, message: Buffer.from(request.message) },
      startRow: batch.startRow,
    };
    this.#last = last;
    if (before === undefined || !isNextOf(before.request, request)) return;
    if (this.#held !== undefined || this.#returning !== undefined) return;
    lane.hold(last.request.message);
    const timer = setTimeout(() => void this.giveBack(request.operation), heldForMs).unref();
    this.#held = { ...last, lane, timer };
  }

  /** Puts the engine's cursor back, if rows of this operation are held; resolves once that is done. Never throws. */
  async giveBack(operation: HandleId): Promise<void> {
    if (this.#held !== undefined && isOf(this.#held, operation)) {
      this.#returning = this.#rewind(this.#held);
      await this.#returning;
      this.#returning = undefined;
    }
  }

  /** Another request needs the lane. */
  async giveBackAny(): Promise<boolean> {
    if (this.#held === undefined) return false;
    await this.giveBack(this.#held.request.operation);
    return true;
  }

  #let(held: Held): EngineLane | undefined {
    clearTimeout(held.timer);
    this.#held = undefined;
    return held.lane.isHeld ? held.lane : undefined; // else it is closed, and the session with it
  }

  async #rewind(held: Held): Promise<void> {
    const lane = this.#let(held);
    if (lane === undefined) return;
    try {
      const reply = new RowsRelay(unwanted, held.request.seqId);
      const frame = await lane.take(reply);
      if (frame !== undefined) reply.begin(frame);
      const rows = reply.head === undefined ? 0 : reply.head.startRow - held.startRow;
      if (rows > 0) await lane.exchange(priorCall(held.request.operation, rows), unwanted);
    } catch {
      return; // the lane is closed, and with it the session
    }
    this.#released(lane);
  }
}

function isOf({ request }: Delivered, operation: HandleId): boolean {
  return request.operation.guid.equals(operation.guid);
}

function isNextOf(before: RowsRequest, request: RowsRequest): boolean {
  return (
    request.orientation === fetchNext &&
    before.maxRows === request.maxRows &&
    before.operation.guid.equals(request.operation.guid)
  );
}

/** As many rows again as the client's last batch had: the engine's cursor then stands as it did after that batch. */
function priorCall(operation: HandleId, rows: number): Buffer {
  return encodeCall('FetchResults', 0, {
    operationHandle: { operationId: operation, operationType: 0, hasResultSet: true },
    orientation: fetchPrior,
    maxRows: rows,
    fetchType: 0,
  });
}
