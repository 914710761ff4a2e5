import { forward } from '../../../operation/forward.ts';
import { operationOf, passOn, reply } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { onEngine } from '../../../operation/operation-wait.ts';
import { ownSchema } from '../own-results.ts';
import { failureStatus, success } from '../status.ts';

/** Waits until the schema is known: some clients ask before the end. */
export const getResultSetMetadata: ThriftMethod = {
  name: 'GetResultSetMetadata',
  async answer(request, parts) {
    const { operation, session, spans } = operationOf(request, parts);
    const { source } = operation;
    switch (source.kind) {
      case 'gateway':
        return reply('GetResultSetMetadata', request, {
          status: success,
          schema: ownSchema(source.result.columns),
        });
      case 'launch':
        return reply('GetResultSetMetadata', request, {
          status: success,
          schema: ownSchema(source.result().columns),
        });
      case 'engine': {
        const engine = await onEngine(operation, session, request.context.gone);
        return passOn(await forward(request.message, spans.handle, operation.engineHandle, engine));
      }
    }
  },
  failed: (request, error) =>
    reply('GetResultSetMetadata', request, { status: failureStatus(error) }),
};
