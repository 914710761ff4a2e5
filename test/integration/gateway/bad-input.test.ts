import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { newSecret } from '../../support/secrets.ts';

let gateway: RunningGateway;
const silent = 10_000;

beforeAll(async () => {
  gateway = await startGateway({
    conf: {
      'torii.frontend.max.unauthenticated.connections': '20000',
      'torii.frontend.handshake.timeout': 'PT20S',
    },
  });
});
afterAll(() => gateway.stop());

it('10,000 connections that say nothing: clients get in beside them, and all are closed in time', async () => {
  const sockets: Socket[] = [];
  let closed = 0;
  for (let i = 0; i < silent; i += 500) {
    await Promise.all(
      Array.from({ length: 500 }, () => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const socket = connect(gateway.port, '127.0.0.1', resolve);
        socket.on('error', reject).on('close', () => closed++);
        socket.resume();
        sockets.push(socket);
        return promise;
      }),
    );
  }
  const client = await connectHs2({
    port: gateway.port,
    user: 'alice',
    password: newSecret(),
    limitMs: 10_000,
  });
  const described = await (await client.openSession()).run('kyuubi desc session');
  expect(described.rows[0]?.[1]).toBe('alice');
  await expect.poll(() => closed, { timeout: 60_000, interval: 200 }).toBe(silent);
  client.end();
  expect(sockets).toHaveLength(silent);
});
