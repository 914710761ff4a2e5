import { GatewayError } from '../../../core/errors.ts';
import { reply, sessionOf } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { failureStatus, success } from '../status.ts';

export const closeSession: ThriftMethod = {
  name: 'CloseSession',
  async answer(request, parts) {
    const { session } = sessionOf(request, parts);
    await parts.sessions.close(
      session,
      new GatewayError('SESSION_CLOSED', 'the client closed the session'),
    );
    return reply('CloseSession', request, { status: success });
  },
  failed: (request, error) => reply('CloseSession', request, { status: failureStatus(error) }),
};
