import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import types from '#thrift/types';
import { launchHandle } from '../test/support/launch-operation.ts';
import { decodeRows } from '../test/support/hs2-result.ts';
import { decodeReply, type Hs2Method, type Hs2Request } from '../test/support/hs2-wire.ts';
import type { Hs2Reply } from '../test/support/hs2-wire.ts';
import { pretendedStatement } from '../test/support/pretended-engines.ts';
import { ChildProgram } from './child-program.ts';
import { requireAnswer } from './part.ts';
import { framedCall, RawConnection } from './raw-connection.ts';

export const clientsOrderSchema = z.object({
  port: z.number(),
  /** One session each. */
  users: z.array(z.string()),
  /** Over which they begin, evenly. */
  durationMs: z.number(),
});
type ClientsOrder = z.infer<typeof clientsOrderSchema>;

const openingSchema = z.object({
  /** Connecting and logging in. */
  loginMs: z.number(),
  /** The call of OpenSession. */
  openMs: z.number(),
  /** From the client's beginning until its engine was there. */
  readyMs: z.number(),
  /** How many launches were before this one, for one that had to wait. */
  place: z.number().exactOptional(),
  /** When the client began, in milliseconds from the first one. */
  beginMs: z.number(),
});
export type Opening = z.infer<typeof openingSchema>;

/** A process that opens sessions: what it takes to do so holds up nobody else. */
export class LaunchClients {
  readonly #child = new ChildProgram('launch-clients-program.ts', []);

  async run(order: ClientsOrder): Promise<readonly Opening[]> {
    this.#child.tell(order);
    return z.array(openingSchema).parse(await this.#child.next());
  }

  /** Ends the sessions with their connections. */
  stop(): Promise<void> {
    return this.#child.stop();
  }
}

/** As JDBC clients do that show the launch log. */
const lookEveryMs = 2_000;

/** Sessions stay open until this process ends. Throws for a wrong answer. */
export async function openEvenly({ port, users, durationMs }: ClientsOrder): Promise<Opening[]> {
  const startMs = performance.now();
  const gapMs = durationMs / users.length;
  return Promise.all(
    users.map(async (user, at) => {
      await sleep(Math.max(0, startMs + at * gapMs - performance.now()));
      return openOne(port, user, startMs);
    }),
  );
}

async function openOne(port: number, user: string, startMs: number): Promise<Opening> {
  const beginMs = performance.now();
  const connection = await RawConnection.open({ port, user });
  const inMs = performance.now();
  const frame = framedCall('OpenSession', {
    client_protocol: types.TProtocolVersion.HIVE_CLI_SERVICE_PROTOCOL_V10,
    username: user,
    configuration: {},
  });
  const answer = await connection.exchange(frame);
  const openMs = performance.now() - inMs;
  const { status, sessionHandle, configuration } = decode('OpenSession', answer);
  requireAnswer(status.statusCode === 0 && !!sessionHandle, 'OpenSession', status);
  const place = await untilReady(connection, launchHandle(configuration ?? {}));
  const readyMs = performance.now() - beginMs;
  await askEngine(connection, sessionHandle as types.TSessionHandle); // checked above
  return {
    ...{ loginMs: inMs - beginMs, openMs, readyMs, beginMs: beginMs - startMs },
    ...(place === undefined ? {} : { place }),
  };
}

/** Gives the place in the queue that the launch log names. */
async function untilReady(
  connection: RawConnection,
  operationHandle: types.TOperationHandle,
): Promise<number | undefined> {
  let place: number | undefined;
  for (;;) {
    await sleep(lookEveryMs);
    const { status, operationState, errorMessage } = await call(connection, 'GetOperationStatus', {
      operationHandle,
      getProgressUpdate: false,
    });
    const lines = await logOf(connection, operationHandle);
    for (const line of lines) {
      const ahead = /waiting for other launches, (\d+) before this one/.exec(line)?.[1];
      if (ahead !== undefined) place = Number(ahead);
    }
    const isWell = status.statusCode === 0 && !failedStates.has(operationState ?? -1);
    requireAnswer(isWell, 'a launch', errorMessage ?? status.errorMessage ?? operationState);
    if (operationState === types.TOperationState.FINISHED_STATE) return place;
  }
}

const failedStates = new Set<number>([
  types.TOperationState.ERROR_STATE,
  types.TOperationState.CANCELED_STATE,
  types.TOperationState.CLOSED_STATE,
  types.TOperationState.TIMEDOUT_STATE,
]);

async function logOf(
  connection: RawConnection,
  operationHandle: types.TOperationHandle,
): Promise<string[]> {
  const { results } = await call(connection, 'FetchResults', {
    operationHandle,
    orientation: types.TFetchOrientation.FETCH_NEXT,
    maxRows: 1_000 as never, // Int64 in the generated types, a plain number on its way in
    fetchType: 1,
  });
  return results ? decodeRows(results, 1).map((row) => String(row[0])) : [];
}

/** A session whose engine can't be reached is not ready. */
async function askEngine(
  connection: RawConnection,
  sessionHandle: types.TSessionHandle,
): Promise<void> {
  const { status } = await call(connection, 'ExecuteStatement', {
    sessionHandle,
    statement: pretendedStatement,
    confOverlay: {},
    runAsync: false,
    queryTimeout: 0 as never, // as above
  });
  requireAnswer(status.statusCode === 0, pretendedStatement, status);
}

async function call<M extends Hs2Method>(
  connection: RawConnection,
  method: M,
  request: Hs2Request<M>,
): Promise<Hs2Reply<M>> {
  return decode(method, await connection.exchange(framedCall(method, request)));
}

function decode<M extends Hs2Method>(method: M, frame: Buffer): Hs2Reply<M> {
  return decodeReply(method, frame.subarray(4));
}
