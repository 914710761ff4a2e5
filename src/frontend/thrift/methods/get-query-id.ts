import { forward } from '../../../operation/forward.ts';
import { operationOf, passOn, reply } from '../method.ts';
import type { ThriftMethod } from '../method.ts';

/** The answer has no status: what can't be answered has an empty id, as HiveServer2 does. */
export const getQueryId: ThriftMethod = {
  name: 'GetQueryId',
  async answer(request, parts) {
    const { operation, session, spans } = operationOf(request, parts);
    if (!operation.isOnEngine || session?.engine === undefined || session.failure !== undefined) {
      return reply('GetQueryId', request, { queryId: operation.uuid });
    }
    return passOn(
      await forward(request.message, spans.handle, operation.engineHandle, session.engine),
    );
  },
  failed: (request) => reply('GetQueryId', request, { queryId: '' }),
};
