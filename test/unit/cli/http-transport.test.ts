import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import type { Hs2Address } from '../../../src/cli/hs2-transport.ts';
import { HttpTransport } from '../../../src/cli/http-transport.ts';

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const noLimitMs = 60_000;

async function transportTo(
  server: TcpServer,
  more: Partial<Hs2Address> = {},
): Promise<HttpTransport> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  endings.push(() => new Promise((resolve) => void server.close(resolve)));
  const login = { kind: 'password', password: 'horse' } as const;
  const address = { host: '127.0.0.1', port, user: 'alice', login, httpPath: 'cliservice' };
  const transport = new HttpTransport({ ...address, tls: undefined, ...more }, noLimitMs);
  endings.push(() => transport.close());
  return transport;
}

interface Seen {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Answers each request by the function, and notes it. */
function serverOf(answer: (response: ServerResponse) => void): { server: Server; seen: Seen[] } {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      seen.push({ path: request.url, headers: request.headers, body: body.toString() });
      answer(response);
    });
  });
  return { server, seen };
}

const message = Buffer.from('a call');

test('calls go by one connection, the login beside the cookie that stands for it', async () => {
  const { server, seen } = serverOf((response) => {
    response
      .setHeader('Set-Cookie', 'hive.server2.auth=signed; HttpOnly; Max-Age=9')
      .end('a reply');
  });
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const transport = await transportTo(server);
  for (const _ of [1, 2]) expect((await transport.exchange(message)).toString()).toBe('a reply');
  expect(connections).toBe(1);
  expect(seen.map(({ path, body }) => [path, body])).toEqual([
    ['/cliservice', 'a call'],
    ['/cliservice', 'a call'],
  ]);
  const basic = `Basic ${Buffer.from('alice:horse').toString('base64')}`;
  expect(seen.map(({ headers }) => headers.authorization)).toEqual([basic, basic]);
  expect(seen.map(({ headers }) => headers.cookie)).toEqual([
    undefined,
    'hive.server2.auth=signed',
  ]);
});

test('a token goes as such', async () => {
  const { server, seen } = serverOf((response) => response.end('a reply'));
  const transport = await transportTo(server, { login: { kind: 'token', token: 'a.b.c' } });
  await transport.exchange(message);
  expect(seen[0]?.headers.authorization).toBe('Bearer a.b.c');
});

test.each([
  [401, 'no', { sqlState: '28000', message: expect.stringMatching(/refused user alice: no$/) }],
  [503, 'later', { message: expect.stringMatching(/answers with HTTP 503: later$/) }],
])('status %i is told with its text', async (status, text, expected) => {
  const { server } = serverOf((response) => response.writeHead(status).end(text));
  const transport = await transportTo(server);
  const failure = { fault: 'connection', ...expected };
  await expect(transport.exchange(message)).rejects.toMatchObject(failure);
});

test('a server that does not speak HTTP is told apart from one that leaves', async () => {
  const talking = createTcpServer((socket) =>
    socket
      .on('error', () => {})
      .resume()
      .end('\0\0\0\0'),
  );
  await expect((await transportTo(talking)).exchange(message)).rejects.toThrow(/but not in HTTP$/);
  const leaving = createTcpServer((socket) => socket.on('data', () => socket.resetAndDestroy()));
  await expect((await transportTo(leaving)).exchange(message)).rejects.toThrow(
    /broke the connection$/,
  );
});

test('what waits for a reply fails when the transport is closed, and nothing is sent after it', async () => {
  const { server, seen } = serverOf(() => {});
  const transport = await transportTo(server);
  const waiting = transport.exchange(message).catch((failure: unknown) => String(failure));
  await expect.poll(() => seen.length).toBe(1);
  transport.close();
  expect(await waiting).toMatch(/is closed$/);
  await expect(transport.exchange(message)).rejects.toThrow(/is closed$/);
  expect(seen).toHaveLength(1);
});
