import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LoginCookies } from '../../../src/frontend/thrift/http/login-cookie.ts';
import { newHandleId, secretMatches } from '../../../src/core/handle.ts';
import { hashPassword, passwordMatches } from '../../../src/core/password-hash.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import { passwordUsers } from '../../support/password-users.ts';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

describe('a thousand connections that never finish', () => {
  it.each<[string, Buffer]>([
    ['saying nothing', Buffer.alloc(0)],
    ['half a SASL message', Buffer.from([1, 0, 0, 0, 5, 80])],
    [
      'a SASL login that is announced and never comes',
      Buffer.from('\x01\0\0\0\x05PLAIN', 'latin1'),
    ],
    ['half the head of an HTTP request', Buffer.from('POST /cliservice HTTP/1.1\r\nHost:')],
    [
      'HTTP without a login, whose body never comes',
      Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n'),
    ],
  ])('%s: the oldest give way, and who logs in is served', async (_, bytes) => {
    const engine = await FakeHs2Server.start();
    endings.push(() => engine.stop());
    const gateway = await startInProcess({
      enginePort: engine.port,
      conf: { 'torii.frontend.max.unauthenticated.connections': '20' },
      logins: passwordUsers({ alice: 'right' }),
    });
    endings.push(() => gateway.stop());
    let closed = 0;
    for (let i = 0; i < 1000; i++) {
      const socket = connect(gateway.port, '127.0.0.1')
        .on('error', () => {})
        .resume();
      socket.once('close', () => closed++).write(bytes);
      endings.push(() => void socket.destroy());
    }
    await expect.poll(() => closed, { timeout: 20_000 }).toBeGreaterThanOrEqual(980);
    const client = await connectHs2({ port: gateway.port, user: 'alice', password: 'right' });
    endings.push(() => client.end());
    expect((await client.openSession()).protocol).toBe(9);
  });
});

/** Calls of timingSafeEqual while the body runs. */
async function constantTimeComparisons(body: () => unknown): Promise<number> {
  const real = crypto.timingSafeEqual;
  let calls = 0;
  crypto.timingSafeEqual = (a, b) => {
    calls += 1;
    return real(a, b);
  };
  syncBuiltinESMExports();
  try {
    await body();
  } finally {
    crypto.timingSafeEqual = real;
    syncBuiltinESMExports();
  }
  return calls;
}

describe('a wrong secret takes as long as a right one', () => {
  it('of a handle', async () => {
    const handle = newHandleId();
    const wrong = Buffer.from(handle.secret).fill(0, 0, 1);
    const found: boolean[] = [];
    const compared = await constantTimeComparisons(() => {
      found.push(secretMatches(handle, wrong), secretMatches(handle, handle.secret));
    });
    expect([compared, found]).toEqual([2, [false, true]]);
  });

  it('of a cookie', async () => {
    const settings = { maxAgeMs: 1000, domain: undefined, path: undefined, isHttpOnly: true };
    const [ours, theirs] = ['one', 'two'].map((secret) => new LoginCookies(secret, settings));
    const issued = theirs?.issue({ user: 'alice', isAuthenticated: true }, 0, false);
    let found: unknown = 'not asked';
    const compared = await constantTimeComparisons(() => {
      found = ours?.principalOf(issued?.split(';')[0], 0);
    });
    expect([compared, found]).toEqual([1, undefined]);
  });

  it('of a user of the password file', async () => {
    const hash = await hashPassword('right', { logN: 10, r: 8, p: 1 });
    let isRight = true;
    const compared = await constantTimeComparisons(async () => {
      isRight = await passwordMatches('wrong', hash);
    });
    expect([compared, isRight]).toEqual([1, false]);
  });
});
