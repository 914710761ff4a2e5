import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ClientConnection } from '../../../src/frontend/thrift/client-connection.ts';
import type { ClientOptions } from '../../../src/frontend/thrift/client-connection.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { openDesk } from '../../support/open-desk.ts';
import { encodeEmptyCall } from '../../support/hs2-wire.ts';

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

/** What a client without SASL is answered where a login is required; the answer names who it is taken for. */
async function answerWithoutLogin(options: Partial<ClientOptions>): Promise<string> {
  const logins = await openDesk({ isRequired: true });
  const server = createServer((socket) => {
    new ClientConnection(socket, {
      logins,
      http: undefined,
      isHttpOnly: false,
      clientAddress: '192.0.2.1',
      maxMessageBytes: 1000,
      dispatch: (_message, { principal }) => {
        const text = `${principal?.user} ${principal?.isAuthenticated}`;
        return Promise.resolve({ kind: 'message', message: Buffer.from(text) });
      },
      refuse: (_message, _context, error) => ({
        kind: 'message',
        message: Buffer.from(error.message),
      }),
      onOpen: () => {},
      onClosed: () => {},
      log: collectedLog().log,
      ...options,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const socket = connect(port, '127.0.0.1', () => socket.write(encodeEmptyCall('OpenSession', 1)));
  endings.push(() => void socket.destroy());
  return await new Promise((resolve) => {
    socket.once('data', (answer: Buffer) => resolve(answer.toString()));
  });
}

describe('a client without SASL, where a login is required', () => {
  it('is whom its certificate names', async () => {
    expect(await answerWithoutLogin({ certificateUser: 'alice' })).toBe('alice true');
  });

  it('is refused without a certificate', async () => {
    expect(await answerWithoutLogin({})).toBe('this endpoint requires a login');
  });
});
