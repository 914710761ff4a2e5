import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, test } from 'vitest';
import type { Logins } from '../../../src/auth/auth-provider.ts';
import { GssapiExchange } from '../../../src/auth/gssapi-exchange.ts';
import type { SecurityLayer } from '../../../src/config/security-layers.ts';
import { ClientConnection } from '../../../src/frontend/thrift/client-connection.ts';
import type { Reply, RequestContext } from '../../../src/frontend/thrift/client-connection.ts';
import { negotiationMessage, saslStatus } from '../../../src/wire/sasl-negotiation.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { encodeEmptyCall } from '../../support/hs2-wire.ts';
import { ScriptedContext, scriptedToken } from '../../support/kerberos/scripted-context.ts';
import { openDesk } from '../../support/open-desk.ts';
import { RawSaslClient } from '../../support/raw-sasl-client.ts';
import { passwordUsers } from '../../support/password-users.ts';

const { start, ok, bad, error, complete } = saslStatus;
const nothing = Buffer.alloc(0);

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

interface Door {
  readonly port: number;
  readonly contexts: ScriptedContext[];
  readonly log: readonly string[];
}

interface DoorOptions {
  readonly layers?: readonly SecurityLayer[];
  readonly passwords?: Logins['passwords'];
  readonly hasTickets?: boolean;
  readonly dispatch?: (message: Buffer, context: RequestContext) => Promise<Reply>;
}

const echo = (message: Buffer): Promise<Reply> => Promise.resolve({ kind: 'message', message });

async function openDoor(options: DoorOptions = {}): Promise<Door> {
  const contexts: ScriptedContext[] = [];
  const { layers = ['auth', 'auth-int', 'auth-conf'], passwords, hasTickets = true } = options;
  const logins = await openDesk({
    passwords,
    isRequired: true,
    exchanges: hasTickets
      ? {
          begin: (maxTokenBytes) => {
            const context = new ScriptedContext();
            contexts.push(context);
            const userOf = (clientName: string): string => clientName.replace('@R', '');
            return new GssapiExchange({ context, layers, maxTokenBytes, userOf });
          },
        }
      : undefined,
  });
  const { log, lines } = collectedLog();
  const server = createServer((socket) => {
    new ClientConnection(socket, {
      logins,
      http: undefined,
      isHttpOnly: false,
      clientAddress: '192.0.2.1',
      maxMessageBytes: 200_000,
      dispatch: options.dispatch ?? echo,
      refuse: (_message, _context, refusal) => ({
        kind: 'message',
        message: Buffer.from(refusal.message),
      }),
      onOpen: () => {},
      onClosed: () => {},
      log,
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { port, contexts, log: lines };
}

function rawClient({ port }: Door): RawSaslClient {
  const client = new RawSaslClient(port);
  endings.push(() => void client.socket.destroy());
  return client;
}

function choice(bit: number, maxTokenBytes: number, authorizationId = ''): Buffer {
  const message = Buffer.alloc(4);
  message.writeUInt32BE(maxTokenBytes);
  message.writeUInt8(bit, 0);
  return scriptedToken(Buffer.concat([message, Buffer.from(authorizationId)]), false, 0);
}

/** A client that is logged in, with a layer and its largest token. */
async function loggedIn(door: Door, bit: number, maxTokenBytes = 65_536): Promise<RawSaslClient> {
  const client = rawClient(door);
  client.say(start, 'GSSAPI');
  client.say(ok, 'ticket');
  expect(await client.answer()).toMatchObject({ status: ok });
  client.say(complete, choice(bit, maxTokenBytes));
  expect(await client.answer()).toEqual({ status: complete, text: '' });
  return client;
}

const users = passwordUsers({ bob: 'right' }).passwords;

describe('a mechanism', () => {
  test.each([
    ['PLAIN', { hasTickets: true }, 'speaks GSSAPI\nHint: Log in by Kerberos'],
    ['GSSAPI', { hasTickets: false, passwords: users }, 'speaks PLAIN\nHint: Give a user name'],
    ['DIGEST-MD5', { passwords: users }, 'speaks GSSAPI and PLAIN\nHint'],
    ['', { passwords: users }, 'speaks GSSAPI and PLAIN\nHint'],
  ])('%s is refused by its name where %j', async (mechanism, options, text) => {
    const client = rawClient(await openDoor(options));
    client.say(start, mechanism);
    const answer = await client.answer();
    expect(answer.status).toBe(bad);
    expect(answer.text).toContain(`Unsupported mechanism type ${mechanism}: this endpoint ${text}`);
    await client.closed();
  });

  it('PLAIN takes passwords beside GSSAPI, and no wrong ones', async () => {
    const door = await openDoor({ passwords: users });
    for (const [password, status] of [
      ['right', complete],
      ['wrong', bad],
    ] as const) {
      const client = rawClient(door);
      client.say(start, 'PLAIN');
      client.say(ok, `\0bob\0${password}`);
      expect(await client.answer()).toMatchObject({ status });
    }
  });
});

describe('a login by GSSAPI', () => {
  it('of the layer auth leaves what follows as it is', async () => {
    const seen: unknown[] = [];
    const door = await openDoor({
      dispatch: (message, { principal }) => {
        seen.push(principal);
        return echo(message);
      },
    });
    const client = await loggedIn(door, 1);
    const call = encodeEmptyCall('OpenSession', 1);
    client.sendFrame(call);
    expect(await client.frame()).toEqual(call);
    expect(seen).toEqual([{ user: 'alice', isAuthenticated: true }]);
    expect(door.contexts.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });

  it('for somebody else needs a rule', async () => {
    const client = rawClient(await openDoor());
    client.say(start, 'GSSAPI');
    client.say(ok, 'ticket');
    await client.answer();
    client.say(ok, choice(1, 0, 'bob'));
    const answer = await client.answer();
    expect(answer.status).toBe(bad);
    expect(answer.text).toMatch(/^Failed to validate proxy privilege of alice for bob\nHint: /);
  });

  test.each<[string, (client: RawSaslClient) => Promise<void> | void, number, RegExp]>([
    ['a second START', (client) => client.say(start, 'GSSAPI'), error, /START came a second time/],
    ['a second START, of PLAIN', (client) => client.say(start, 'PLAIN'), error, /a second time/],
    ['a status of failures', (client) => client.say(bad, 'x'), error, /received 3/],
    ['an unknown status', (client) => client.say(77, 'x'), error, /received 77/],
    [
      'a payload of a size that is too large',
      (client) => void client.socket.write(Buffer.from('020001000100', 'hex')),
      error,
      /payload of 65537 bytes; the limit is 65536/,
    ],
    [
      'a payload of a size below zero',
      (client) => void client.socket.write(Buffer.from('02ffffffff', 'hex')),
      error,
      /payload of -1 bytes/,
    ],
    [
      'two messages at once',
      (client) => {
        const token = negotiationMessage(ok, 'ticket');
        client.socket.write(Buffer.concat([token, token]));
      },
      error,
      /went on before it had its answer/,
    ],
    [
      'a request before it has ended',
      async (client) => {
        client.say(ok, 'ticket');
        await client.answer();
        const request = encodeEmptyCall('OpenSession', 1);
        client.socket.write(Buffer.concat([negotiationMessage(ok, choice(1, 0)), request]));
      },
      error,
      /went on before it had its answer/,
    ],
    [
      'a bad choice',
      async (client) => {
        client.say(ok, 'ticket');
        await client.answer();
        client.say(ok, choice(9, 0));
      },
      bad,
      /no security layer \(9\)/,
    ],
  ])('with %s is refused', async (_what, misbehave, status, text) => {
    const door = await openDoor();
    const client = rawClient(door);
    client.say(start, 'GSSAPI');
    await misbehave(client);
    const answer = await client.answer();
    expect(answer).toMatchObject({ status, text: expect.stringMatching(text) });
    await client.closed();
    expect(door.contexts.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });

  it('that the client leaves in its middle lets its context go', async () => {
    const door = await openDoor();
    const client = rawClient(door);
    client.say(start, 'GSSAPI');
    client.say(ok, 'ticket');
    await client.answer();
    client.socket.destroy();
    await expect.poll(() => door.contexts.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });
});

describe.each([
  ['auth-int', 2, false],
  ['auth-conf', 4, true],
] as const)('after a login of the layer %s', (_layer, bit, isConfidential) => {
  const calls = [1, 2, 3].map((seqId) => encodeEmptyCall('GetInfo', seqId));
  const stream = Buffer.concat(calls);

  it('messages may end anywhere in what is protected', async () => {
    const client = await loggedIn(await openDoor(), bit);
    [stream.subarray(0, 7), nothing, stream.subarray(7)].forEach((piece, at) =>
      client.sendFrame(scriptedToken(piece, isConfidential, at + 1)),
    );
    for (const [at, call] of calls.entries()) {
      expect(await client.frame()).toEqual(scriptedToken(call, isConfidential, at + 1));
    }
  });

  it('replies come in pieces that the client takes', async () => {
    const reply = Buffer.alloc(5000, 'rows');
    const dispatch = (): Promise<Reply> => Promise.resolve({ kind: 'message', message: reply });
    const client = await loggedIn(await openDoor({ dispatch }), bit, 1026);
    client.sendFrame(scriptedToken(encodeEmptyCall('GetInfo', 1), isConfidential, 1));
    const pieces: Buffer[] = [];
    for (let count = 1; count <= 5; count += 1) {
      const token = await client.frame();
      expect(token.subarray(0, 2)).toEqual(scriptedToken(nothing, isConfidential, count));
      expect(token.length).toBeLessThanOrEqual(1026);
      pieces.push(token.subarray(2));
    }
    expect(Buffer.concat(pieces)).toEqual(reply);
  });

  it('replies that are passed on as they come lose their own length, and nothing else', async () => {
    const rows = Buffer.alloc(300_000, 'passed on');
    const dispatch = async (_message: Buffer, context: RequestContext): Promise<Reply> => {
      const relay = context.relay();
      const frame = Buffer.concat([Buffer.alloc(4), rows]);
      for (let at = 0; at < frame.length; at += 100_000) {
        await new Promise<void>((resolve) => {
          if (relay.write(frame.subarray(at, at + 100_000), resolve)) resolve();
        });
      }
      return { kind: 'relayed' };
    };
    const client = await loggedIn(await openDoor({ dispatch }), bit, 0xffffff);
    client.sendFrame(scriptedToken(encodeEmptyCall('GetInfo', 1), isConfidential, 1));
    const pieces: Buffer[] = [];
    for (let held = 0; held < rows.length; held += pieces.at(-1)?.length ?? 0) {
      const token = await client.frame();
      expect(token.length).toBeLessThanOrEqual(64 * 1024 + 2);
      pieces.push(token.subarray(2));
    }
    expect(Buffer.concat(pieces).equals(rows)).toBe(true); // toEqual would compare byte by byte
  });

  test.each([
    ['in plain', stream],
    ['of the other layer', scriptedToken(stream, !isConfidential, 1)],
    ['twice', scriptedToken(stream, isConfidential, 0)],
    ['out of order', scriptedToken(stream, isConfidential, 2)],
    ['of no Thrift', scriptedToken(Buffer.from('GET / HTTP/1.1'), isConfidential, 1)],
  ])('a frame that comes %s ends the connection', async (_how, frame) => {
    const door = await openDoor();
    const client = await loggedIn(door, bit);
    client.sendFrame(frame);
    await expect(client.frame()).rejects.toThrow('closed after 0 bytes');
    expect(door.log.join()).toContain('client connection ended');
    expect(door.contexts.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });

  it('a frame that is too large ends the connection before it is there', async () => {
    const client = await loggedIn(await openDoor(), bit);
    client.socket.write(Buffer.from('7fffffff00', 'hex'));
    await expect(client.frame()).rejects.toThrow('closed after 0 bytes');
  });

  it('a client that leaves lets its context go', async () => {
    const door = await openDoor();
    const client = await loggedIn(door, bit);
    expect(door.contexts.map(({ isDisposed }) => isDisposed)).toEqual([false]);
    client.socket.destroy();
    await expect.poll(() => door.contexts.map(({ isDisposed }) => isDisposed)).toEqual([true]);
  });
});
