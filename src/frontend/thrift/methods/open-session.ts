import { noAuthentication } from '../../../auth/auth-provider.ts';
import type { Principal } from '../../../auth/auth-provider.ts';
import type { UserNames } from '../../../auth/user-names.ts';
import { toGatewayError } from '../../../core/errors.ts';
import { decodeRequest } from '../../../wire/struct-codec.ts';
import type { RequestOf } from '../../../wire/struct-codec.ts';
import { reply } from '../method.ts';
import type { MethodRequest, ThriftMethod } from '../method.ts';
import { failureStatus, success } from '../status.ts';

/** V11 of TProtocolVersion. */
const newestProtocol = 10;

export const openSession: ThriftMethod = {
  name: 'OpenSession',
  async answer(request, parts) {
    const { context } = request;
    const sent = decodeRequest('OpenSession', request.message, request.header.bodyAt);
    const protocol = negotiated(sent.client_protocol);
    const { session, plan } = await parts.sessions.open({
      principal: context.principal ?? (await namedInRequest(sent, parts.names, context.gone)),
      configuration: configurationOf(sent, context.doAs),
      clientAddress: context.connection.clientAddress,
      connection: context.connection,
      protocol,
    });
    if (context.gone.aborted) parts.sessions.disconnected(context.connection);
    if (!plan.launch.isAsync) {
      await session.whenReady().catch(async (thrown: unknown) => {
        const failure = toGatewayError(thrown);
        await parts.sessions.close(session, failure);
        throw failure;
      });
    }
    const { guid, secret } = session.launch.id;
    return reply('OpenSession', request, {
      status: success,
      serverProtocolVersion: protocol,
      sessionHandle: { sessionId: session.facts.id },
      configuration: {
        'kyuubi.session.engine.launch.handle.guid': guid.toString('base64'),
        'kyuubi.session.engine.launch.handle.secret': secret.toString('base64'),
        'kyuubi.session.engine.launch.support.result': 'true',
        'hive.server2.thrift.resultset.default.fetch.size': String(
          plan.settings.fetchRows ?? parts.defaultFetchRows,
        ),
        'hive.default.nulls.last': 'false',
      },
    });
  },
  failed: (request, error) =>
    reply('OpenSession', request, {
      status: failureStatus(error),
      serverProtocolVersion: protocolOf(request),
      configuration: {},
    }),
};

/** What the transport says of the user to act for goes before what the client wrote (hiveserver2-wire 2.1). */
function configurationOf(
  sent: RequestOf<'OpenSession'>,
  doAs: string | undefined,
): Map<string, string> {
  const configuration = new Map(Object.entries(sent.configuration ?? {}));
  if (doAs !== undefined) {
    for (const key of proxyKeys) configuration.delete(key);
    configuration.set('hive.server2.proxy.user', doAs);
  }
  return configuration;
}

const proxyKeys = ['kyuubi.session.proxy.user', 'hive.server2.proxy.user'];

/**
 * Never higher than what the client sent (hiveserver2-wire rule 1). Numbers beyond the enum are V10 (Databricks' clients),
 * negative ones V1.
 */
function negotiated(clientProtocol: number): number {
  if (clientProtocol < 0) return 0;
  return clientProtocol > newestProtocol ? newestProtocol - 1 : clientProtocol;
}

/** NOSASL: who the client is stands in the request. */
async function namedInRequest(
  sent: RequestOf<'OpenSession'>,
  names: UserNames,
  gone: AbortSignal,
): Promise<Principal> {
  const { username = '', password = '' } = sent;
  const principal = await noAuthentication.authenticate(username, password, gone);
  return { ...principal, user: names.userOf(principal.user) };
}

function protocolOf(request: MethodRequest): number {
  try {
    return negotiated(
      decodeRequest('OpenSession', request.message, request.header.bodyAt).client_protocol,
    );
  } catch {
    return newestProtocol; // the request can't be read: any version will do beside the error
  }
}
