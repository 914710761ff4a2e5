import { GatewayError } from '../../../core/errors.ts';
import { isAtWork } from '../../../operation/operation-state.ts';
import { answeredByEngine } from '../../../operation/operation-wait.ts';
import { forward } from '../../../operation/forward.ts';
import { operationOf, passOn, reply } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { failureStatus, success } from '../status.ts';

/** Cancelling what has ended is no error. A launch that others may wait for too is not cancelled by one of them. */
export const cancelOperation: ThriftMethod = {
  name: 'CancelOperation',
  async answer(request, parts) {
    const { operation, session, spans } = operationOf(request, parts);
    await answeredByEngine(operation);
    if (operation.isOnEngine && session?.engine !== undefined && session.failure === undefined) {
      const { engine } = session;
      const replied = await forward(request.message, spans.handle, operation.engineHandle, engine, {
        urgent: true,
      });
      engine.giveBack(operation.engineHandle);
      return passOn(replied);
    }
    if (operation.source.kind === 'engine' && isAtWork(operation.state)) {
      const error = new GatewayError(
        'OPERATION_CANCELED',
        'the statement was cancelled before it began',
      );
      operation.moveTo('canceled', parts.clock.now(), error);
    }
    return reply('CancelOperation', request, { status: success });
  },
  failed: (request, error) => reply('CancelOperation', request, { status: failureStatus(error) }),
};
