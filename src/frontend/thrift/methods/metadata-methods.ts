import { copyHandleId } from '../../../core/handle.ts';
import { GatewayError } from '../../../core/errors.ts';
import type { Session } from '../../../session/session.ts';
import type { MethodName } from '../../../wire/struct-codec.ts';
import { locateReplyHandle, readHandle, spliceHandle } from '../../../wire/request-spans.ts';
import { engineHandleOf, engineOf, forward } from '../../../operation/forward.ts';
import type { EngineReply } from '../../../operation/forward.ts';
import { passOn, reply, sessionOf } from '../method.ts';
import type { MethodParts, ThriftMethod } from '../method.ts';
import { failureStatus } from '../status.ts';

type MetadataMethod = Extract<
  MethodName,
  | 'GetTypeInfo'
  | 'GetCatalogs'
  | 'GetSchemas'
  | 'GetTables'
  | 'GetTableTypes'
  | 'GetColumns'
  | 'GetFunctions'
  | 'GetPrimaryKeys'
  | 'GetCrossReference'
>;

/** Calls that the engine answers with a finished operation; the gateway gives it a handle of its own. */
export const metadataMethods: readonly ThriftMethod[] = (
  [
    'GetTypeInfo',
    'GetCatalogs',
    'GetSchemas',
    'GetTables',
    'GetTableTypes',
    'GetColumns',
    'GetFunctions',
    'GetPrimaryKeys',
    'GetCrossReference',
  ] as const
).map(metadataMethod);

function metadataMethod(name: MetadataMethod): ThriftMethod {
  return {
    name,
    async answer(request, parts) {
      const { session, spans } = sessionOf(request, parts);
      requireRoom(session);
      const engine = await engineOf(session);
      const replied = await forward(request.message, spans.handle, engineHandleOf(engine), engine);
      adoptOperation(replied, session, parts);
      return passOn(replied);
    },
    failed: (request, error) => reply(name, request, { status: failureStatus(error) }),
  };
}

/** Throws when the session holds all the operations that it may. */
export function requireRoom(session: Session): void {
  const limit = session.facts.operation.maxPerSession;
  if (session.operations.size < limit) return;
  throw new GatewayError('OPERATION_LIMIT', `the session holds ${limit} operations`, {
    hint: 'Close statements and result sets that are no longer used (torii.operation.max.per.session).',
  });
}

function adoptOperation(replied: EngineReply, session: Session, parts: MethodParts): void {
  if (replied.bodyAt === undefined) return;
  const found = locateReplyHandle(replied.message, replied.bodyAt);
  if (found === undefined) return;
  const theirs = readHandle(replied.message, found.handle);
  const operation = session.newOperation(found.operationType, { kind: 'engine' });
  operation.engineHandle = copyHandleId(theirs);
  operation.isOnEngine = true;
  operation.hasResultSet = found.hasResultSet;
  operation.moveTo('finished', parts.clock.now());
  parts.operations.add(operation);
  spliceHandle(replied.message, found.handle, operation.id);
}
