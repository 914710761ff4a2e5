import { GatewayError } from '../../../core/errors.ts';
import { locateRequest, readHandle } from '../../../wire/request-spans.ts';
import { answeredByEngine } from '../../../operation/operation-wait.ts';
import { forward } from '../../../operation/forward.ts';
import { mayUse, operationOf, passOn, reply } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { failureStatus, success } from '../status.ts';

/** Closing twice is no error. The launch operation stays until its session ends. */
export const closeOperation: ThriftMethod = {
  name: 'CloseOperation',
  async answer(request, parts) {
    const at = locateRequest(request.message, request.header.bodyAt).handle;
    const handle = readHandle(request.message, at);
    if (parts.operations.wasClosed(handle, mayUse(request, parts))) {
      return reply('CloseOperation', request, { status: success });
    }
    const { operation, session, spans } = operationOf(request, parts);
    if (operation.source.kind === 'launch')
      return reply('CloseOperation', request, { status: success });
    await answeredByEngine(operation);
    parts.operations.remove(operation);
    session?.operations.delete(operation);
    const wasOnEngine = operation.isOnEngine;
    const error = new GatewayError('OPERATION_CANCELED', 'the operation was closed');
    operation.moveTo('closed', parts.clock.now(), error);
    if (wasOnEngine && session?.engine !== undefined && session.failure === undefined) {
      const { engine } = session;
      const replied = await forward(request.message, spans.handle, operation.engineHandle, engine, {
        urgent: true,
      });
      engine.giveBack(operation.engineHandle);
      return passOn(replied);
    }
    return reply('CloseOperation', request, { status: success });
  },
  failed: (request, error) => reply('CloseOperation', request, { status: failureStatus(error) }),
};
