import { GatewayError } from '../../../core/errors.ts';
import { i32Field } from '../../../wire/request-spans.ts';
import { engineHandleOf, engineOf, forward } from '../../../operation/forward.ts';
import { passOn, reply, sessionOf } from '../method.ts';
import type { ThriftMethod } from '../method.ts';
import { failureStatus, success } from '../status.ts';

/** The engine says what it is, unless the session asked for the gateway (`kyuubi.server.info.provider`). */
export const getInfo: ThriftMethod = {
  name: 'GetInfo',
  async answer(request, parts) {
    const { session, spans } = sessionOf(request, parts);
    if (session.facts.infoProvider === 'SERVER') {
      const infoType = i32Field(request.message, spans.requestAt, 2) ?? -1;
      const infoValue = ownInfo(infoType, parts.version);
      return reply('GetInfo', request, { status: success, infoValue });
    }
    const engine = await engineOf(session);
    return passOn(await forward(request.message, spans.handle, engineHandleOf(engine), engine));
  },
  failed: (request, error) =>
    reply('GetInfo', request, { status: failureStatus(error), infoValue: { stringValue: '' } }),
};

function ownInfo(
  infoType: number,
  version: string,
): { stringValue: string } | { lenValue: number } {
  switch (infoType) {
    case 13: // CLI_SERVER_NAME
    case 17: // CLI_DBMS_NAME
      return { stringValue: 'Torii' };
    case 18: // CLI_DBMS_VER
      return { stringValue: version };
    case 30: // CLI_MAX_COLUMN_NAME_LEN
    case 32: // CLI_MAX_SCHEMA_NAME_LEN
    case 35: // CLI_MAX_TABLE_NAME_LEN
      return { lenValue: 128 };
    case 10006: // CLI_ODBC_KEYWORDS
      return { stringValue: 'Unimplemented' };
    default:
      throw new GatewayError(
        'FEATURE_NOT_SUPPORTED',
        `Unrecognized GetInfoType value: ${infoType}`,
      );
  }
}
