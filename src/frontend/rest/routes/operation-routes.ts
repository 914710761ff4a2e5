import { z } from 'zod';
import type { LiveOperation } from '../../../admin/live-sessions.ts';
import type { OperationState } from '../../../operation/operation-state.ts';
import { type RestParts, type RestRoute, route } from '../rest-route.ts';
import { interactiveOnly, sessionType, users, word } from './query-words.ts';

const query = z.object({ users, sessionType, sessionHandle: word.optional() });

/** Operations of this gateway's sessions (kyuubi-contract 8.4, 8.6). */
export const operationRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/admin/operations',
    allows: 'administrators',
    query,
    answer: ({ query: asked }, parts) =>
      interactiveOnly(asked.sessionType, () =>
        parts.sessions
          .operations({ users: asked.users, session: asked.sessionHandle })
          .map((each) => operationData(each, parts)),
      ),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/admin/operations/{handle}',
    allows: 'administrators',
    query: z.object({}),
    async answer({ path, touched }, { sessions }) {
      const handle = path['handle'] ?? '';
      touched.operation = handle;
      const { session } = await sessions.closeOperation(handle);
      touched.session = session.uuid;
      return `Operation ${handle} is closed successfully.`;
    },
  }),
];

const longestStatement = 2000;

/** Kyuubi's names. */
const states: Readonly<Partial<Record<OperationState, string>>> = { timedout: 'TIMEOUT' };

function operationData({ session, operation }: LiveOperation, parts: RestParts): object {
  const { state, statement, startedMs, completedMs, source } = operation;
  return {
    identifier: operation.uuid,
    remoteId: operation.isOnEngine ? operation.uuid : '',
    statement:
      source.kind === 'launch'
        ? 'LaunchEngine'
        : parts.redact(statement?.toString() ?? '', longestStatement),
    state: states[state] ?? state.toUpperCase(),
    createTime: startedMs,
    startTime: startedMs,
    completeTime: completedMs,
    exception: operation.error?.message ?? '',
    sessionId: session.uuid,
    sessionUser: session.facts.user,
    sessionType: 'INTERACTIVE',
    kyuubiInstance: parts.instance(),
    metrics: {},
  };
}
