import types from '#thrift/types';
import { Hs2Operation, type Hs2Session } from './hs2-client.ts';

const prefix = 'kyuubi.session.engine.launch.handle.';

/** The start of a session's engine as the operation that clients find it by. */
export function launchOperation({ client, configuration }: Hs2Session): Hs2Operation {
  return new Hs2Operation(client, launchHandle(configuration));
}

/** Throws for a session whose opening names none. */
export function launchHandle(
  configuration: Readonly<Record<string, string>>,
): types.TOperationHandle {
  const [guid, secret] = ['guid', 'secret'].map((part) => {
    const text = configuration[`${prefix}${part}`];
    if (text === undefined) throw new Error(`no ${prefix}${part} in the answer to OpenSession`);
    return Buffer.from(text, 'base64');
  });
  return new types.TOperationHandle({
    operationId: new types.THandleIdentifier({ guid, secret } as never), // buffers, which the types call strings
    operationType: types.TOperationType.UNKNOWN,
    hasResultSet: false,
  });
}
