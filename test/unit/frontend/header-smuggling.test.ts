import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { basic } from '../../support/hs2-http-client.ts';
import { encodeCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway } from '../../support/in-process-gateway.ts';
import { passwordUsers } from '../../support/password-users.ts';
import { newSecret } from '../../support/secrets.ts';

const [alices, bobs] = [newSecret(), newSecret()];
const body = encodeCall('OpenSession', { client_protocol: 9 }, 1).toString('latin1');
const length = `Content-Length: ${body.length}`;
const loginOf = (user: string, password: string): string =>
  `Authorization: ${basic(user, password)['authorization'] ?? ''}`;
const [alice, bob] = [loginOf('alice', alices), loginOf('bob', bobs)];
const chunked = 'Transfer-Encoding: chunked';

const request = (headers: readonly string[], content = body, target = '/cliservice'): string =>
  [`POST ${target} HTTP/1.1`, ...headers, '', content].join('\r\n');
const host = 'Host: gateway';
/** What somebody would slip in behind a request that is cut in two ways. */
const hidden = request([host, alice, length]);

let engine: FakeHs2Server;
let gateway: InProcessGateway;

beforeEach(async () => {
  engine = await FakeHs2Server.start();
  gateway = await startInProcess({
    enginePort: engine.port,
    logins: passwordUsers({ alice: alices, bob: bobs }),
  });
});

afterEach(async () => {
  await gateway.stop();
  await engine.stop();
});

/** All that comes until the connection is closed. */
function answersTo(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    connect(gateway.port, '127.0.0.1')
      .on('data', (chunk) => (text += chunk.toString('latin1')))
      .on('error', reject)
      .on('close', () => resolve(text))
      .write(Buffer.from(bytes, 'latin1'));
  });
}

const statuses = (answers: string): readonly (string | undefined)[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);

describe('a request that two readers could take for two things ends its connection', () => {
  it.each<[string, string]>([
    ['two lengths', request([host, alice, length, `Content-Length: ${body.length + 1}`])],
    ['a list of lengths', request([host, alice, `${length}, ${body.length}`])],
    ['a length with a sign', request([host, alice, `Content-Length: +${body.length}`])],
    ['a length below nothing', request([host, alice, 'Content-Length: -1'])],
    ['a length in hex', request([host, alice, `Content-Length: 0x${body.length.toString(16)}`])],
    ['a length beside chunks', request([host, alice, chunked, length], `0\r\n\r\n${hidden}`)],
    ['a coding that is unknown', request([host, alice, 'Transfer-Encoding: xchunked'], hidden)],
    [
      'a coding behind chunks',
      request([host, alice, `${chunked}, identity`], `0\r\n\r\n${hidden}`),
    ],
    [
      'two codings',
      request([host, alice, chunked, 'Transfer-Encoding: identity'], `0\r\n\r\n${hidden}`),
    ],
    [
      'a blank in front of the colon',
      request([host, alice, 'Transfer-Encoding : chunked', length], `0\r\n\r\n${hidden}`),
    ],
    ['lines that end with one byte', request([host, alice, length]).replaceAll('\r\n', '\n')],
    ['a line end within a header', request([host, `${alice}\rX: y`, length])],
    ['a header that goes on in the next line', request([host, 'X: y', ` ${alice}`, length])],
    ['a zero byte', request([host, `${alice}\0`, length])],
    ['a chunk without a length', request([host, alice, chunked], `zz\r\n${hidden}`)],
    ['a chunk of no end', request([host, alice, chunked], `${'f'.repeat(18)}\r\n${hidden}`)],
    ['a line end within a chunk', request([host, alice, chunked], `5;a=\nb\r\nhello\r\n0\r\n\r\n`)],
    ['no host', request([alice, length])],
    ['two hosts', request([host, 'Host: other', alice, length])],
    ['two logins', request([host, alice, bob, length])],
    ['a login twice', request([host, alice, alice.replace('A', 'a'), length])],
    ['two users to act for', request([host, alice, length], body, '/?doAs=alice&doas=bob')],
    ['a target that is none', request([host, alice, length], body, '//')],
  ])('%s', async (_, bytes) => {
    const answers = await answersTo(bytes + hidden);
    expect(statuses(answers)).toEqual(['400']);
    expect(answers).toMatch(/^connection: close\r$/im);
    expect(gateway.sessions.size).toBe(0);
    expect(answers).not.toContain(alices);
  });

  it('a coding in front of chunks', async () => {
    const bytes = request([host, alice, 'Transfer-Encoding: gzip, chunked'], '0\r\n\r\n');
    const answers = await answersTo(bytes + hidden);
    expect(statuses(answers)).toEqual(['501']);
    expect(gateway.sessions.size).toBe(0);
  });
});

describe('a login counts where it stands in the head', () => {
  it.each<[string, string]>([
    [
      'behind the body',
      request(
        [host, chunked, 'Trailer: Authorization', 'Connection: close'],
        `${body.length.toString(16)}\r\n${body}\r\n0\r\n${alice}\r\n\r\n`,
      ),
    ],
    [
      'under another name',
      request([
        host,
        alice.replace('Authorization', 'Authorization_'),
        length,
        'Connection: close',
      ]),
    ],
    [
      'of another scheme',
      request([host, alice.replace('Basic', 'Basically'), length, 'Connection: close']),
    ],
  ])('and not %s', async (_, bytes) => {
    expect(statuses(await answersTo(bytes))).toEqual(['401']);
    expect(gateway.sessions.size).toBe(0);
  });

  it('for one request each, over one connection', async () => {
    const closing = request([host, bob, length, 'Connection: close']);
    const answers = await answersTo(request([host, alice, length]) + closing);
    expect(statuses(answers)).toEqual(['200', '200']);
    expect([...gateway.sessions].map(({ facts }) => facts.user)).toEqual(['alice', 'bob']);
  });
});
