import { z } from 'zod';
import { isAtWork } from '../../../operation/operation-state.ts';
import type { Session } from '../../../session/session.ts';
import { type RestParts, type RestRoute, route } from '../rest-route.ts';
import { interactiveOnly, sessionType, users } from './query-words.ts';

const query = z.object({ users, sessionType });

/** Sessions of this gateway (kyuubi-contract 8.4, 8.6). */
export const sessionRoutes: readonly RestRoute[] = [
  route({
    method: 'GET',
    path: '/api/v1/admin/sessions',
    allows: 'administrators',
    query,
    answer: (call, parts) =>
      interactiveOnly(call.query.sessionType, () =>
        parts.sessions.list(call.query).map((session) => sessionData(session, parts)),
      ),
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/admin/sessions/{handle}',
    allows: 'administrators',
    query: z.object({}),
    async answer({ path, touched }, { sessions }) {
      const handle = path['handle'] ?? '';
      touched.session = handle;
      await sessions.close(handle);
      return `Session ${handle} is closed successfully.`;
    },
  }),
];

function sessionData(session: Session, { instance, now }: RestParts): object {
  const { facts, uuid, engine, engineFacts, createdMs, lastUsedMs } = session;
  const isBusy = [...session.operations].some(({ state }) => isAtWork(state));
  return {
    identifier: uuid,
    remoteId: engine === undefined ? '' : uuid,
    user: facts.user,
    realUser: facts.realUser,
    ipAddr: facts.clientAddress,
    conf: {}, // a session keeps none
    createTime: createdMs,
    duration: now() - createdMs,
    idleTime: isBusy ? 0 : now() - lastUsedMs,
    exception: session.failure?.message ?? '',
    sessionType: 'INTERACTIVE',
    state: session.state,
    kyuubiInstance: instance(),
    engineId: session.engineId ?? '',
    engineName: engineFacts.get('kyuubi.engine.name') ?? '',
    engineUrl: engineFacts.get('kyuubi.engine.url') ?? '',
    sessionName: facts.name ?? '',
    totalOperations: session.totalOperations,
  };
}
