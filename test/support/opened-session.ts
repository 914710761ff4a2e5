import type { Session } from '../../src/session/session.ts';
import type { InProcessGateway } from './in-process-gateway.ts';
import { decodeReply } from './hs2-wire.ts';

/** The gateway's session that a reply to OpenSession is about; throws what the reply says where there is none. */
export function openedSession(gateway: InProcessGateway, reply: Buffer): Session {
  const { sessionHandle, status } = decodeReply('OpenSession', reply);
  if (!sessionHandle) throw new Error(`no session: ${status.errorMessage}`);
  const { guid, secret } = sessionHandle.sessionId;
  const handle = { guid: Buffer.from(guid), secret: Buffer.from(secret) };
  const nobody = { clientAddress: '', holdsSessions: false };
  return gateway.sessions.find(handle, () => true, nobody);
}
