import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readBody } from '../../../src/frontend/thrift/http/request-body.ts';

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** A request with this head of which the body has yet to come, with the client's end of its connection. */
async function begun(head: string): Promise<{ request: IncomingMessage; client: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port
  const client = connect(port, '127.0.0.1');
  client.on('error', () => {}).write(`POST / HTTP/1.1\r\nHost: gw\r\n${head}\r\n\r\n`);
  endings.push(() => {
    client.destroy();
    server.close();
  });
  const [request] = (await once(server, 'request')) as [IncomingMessage]; // Node's own event
  return { request, client };
}

it('a body that comes in pieces is read whole', async () => {
  const { request, client } = await begun('Transfer-Encoding: chunked');
  const body = readBody(request, 100);
  client.write('3\r\nabc\r\n');
  await once(request, 'data');
  client.write('2\r\nde\r\n0\r\n\r\n');
  expect((await body)?.toString()).toBe('abcde');
});

it.each(['Content-Length: 4', 'Transfer-Encoding: chunked'])(
  'a body over the limit is told as such, and read to its end (%s)',
  async (head) => {
    const { request, client } = await begun(head);
    client.write(head.startsWith('Content') ? 'abcd' : '4\r\nabcd\r\n0\r\n\r\n');
    expect(await readBody(request, 3)).toBeUndefined();
    expect(request.readableEnded).toBe(true);
  },
);

it('a client that leaves in the middle of a body fails its reading', async () => {
  const { request, client } = await begun('Content-Length: 4');
  const body = readBody(request, 100);
  client.write('ab', () => client.destroy());
  await expect(body).rejects.toThrow('aborted');
});

it('a client that has left before its body is read does not have it waited for', async () => {
  const { request, client } = await begun('Content-Length: 4');
  request.on('error', () => {});
  client.destroy();
  await new Promise((resolve) => request.on('close', resolve));
  await expect(readBody(request, 100)).rejects.toThrow('the client left in the middle');
});
