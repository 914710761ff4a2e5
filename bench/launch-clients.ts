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
  /** How long engines are waited for after that; undefined: until all are there. */
  waitMs: z.number().optional(),
});
type ClientsOrder = z.infer<typeof clientsOrderSchema>;

const openingSchema = z.object({
  /** Connecting and logging in. */
  loginMs: z.number(),
  /** The call of OpenSession. */
  openMs: z.number(),
  /** From the client's beginning until its engine was there; undefined for one that was not waited for any longer. */
  readyMs: z.number().optional(),
  /** What the user was told of a launch that has failed. */
  failure: z.string().optional(),
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
export async function openEvenly(order: ClientsOrder): Promise<Opening[]> {
  const { port, users, durationMs, waitMs = Infinity } = order;
  const startMs = performance.now();
  const gapMs = durationMs / users.length;
  const endMs = startMs + durationMs + waitMs;
  return Promise.all(
    users.map(async (user, at) => {
      await sleep(Math.max(0, startMs + at * gapMs - performance.now()));
      return openOne(port, user, startMs, endMs);
    }),
  );
}

async function openOne(
  port: number,
  user: string,
  startMs: number,
  endMs: number,
): Promise<Opening> {
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
  const times = { loginMs: inMs - beginMs, openMs, beginMs: beginMs - startMs };
  const launch = await untilReady(connection, launchHandle(configuration ?? {}), endMs);
  const place = launch.place === undefined ? {} : { place: launch.place };
  if (launch.outcome === 'waiting') return { ...times, ...place };
  if (launch.outcome !== 'ready') return { ...times, ...place, failure: launch.outcome.failure };
  const readyMs = performance.now() - beginMs;
  await askEngine(connection, sessionHandle as types.TSessionHandle); // checked above
  return { ...times, ...place, readyMs };
}

interface Launch {
  readonly outcome: 'ready' | 'waiting' | { readonly failure: string };
  /** In the queue, as the launch log names it. */
  readonly place: number | undefined;
}

async function untilReady(
  connection: RawConnection,
  operationHandle: types.TOperationHandle,
  endMs: number,
): Promise<Launch> {
  let place: number | undefined;
  for (;;) {
    await sleep(lookEveryMs);
    const { status, operationState, errorMessage } = await call(connection, 'GetOperationStatus', {
      operationHandle,
      getProgressUpdate: false,
    });
    const lines = await logOf(connection, operationHandle);
    for (const line of lines) {
      const ahead = /waiting for (?:other launches|its turn .*), (\d+) before this one/.exec(line);
      if (ahead !== null) place = Number(ahead[1]);
    }
    const isWell = status.statusCode === 0 && !failedStates.has(operationState ?? -1);
    const told = errorMessage ?? status.errorMessage ?? `state ${operationState}`;
    if (!isWell) return { outcome: { failure: told }, place };
    if (operationState === types.TOperationState.FINISHED_STATE) return { outcome: 'ready', place };
    if (performance.now() > endMs) return { outcome: 'waiting', place };
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
