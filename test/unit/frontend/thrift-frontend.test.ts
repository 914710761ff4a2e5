import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { registerEngine } from '../../support/fake-launcher.ts';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import type { FakeHs2Options } from '../../support/fake-hs2-server.ts';
import { connectHs2, Hs2Error } from '../../support/hs2-client.ts';
import type { Hs2Client } from '../../support/hs2-client.ts';
import { encodeCall, encodeEmptyCall } from '../../support/hs2-wire.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import type { InProcessGateway, InProcessOptions } from '../../support/in-process-gateway.ts';
import { newSecret } from '../../support/secrets.ts';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const one = {
  columns: [['x', 3]],
  batches: [[{ i32Val: { values: [1], nulls: Buffer.alloc(1) } }]],
} as const;

async function engine(options: FakeHs2Options = {}): Promise<FakeHs2Server> {
  const server = await FakeHs2Server.start({
    ...options,
    statements: { 'select 1': one, ...options.statements },
  });
  endings.push(() => server.stop());
  return server;
}

async function gateway(options: InProcessOptions): Promise<InProcessGateway> {
  const started = await startInProcess(options);
  endings.push(() => started.stop());
  return started;
}

async function client(
  port: number,
  more: Partial<Parameters<typeof connectHs2>[0]> = {},
): Promise<Hs2Client> {
  const connected = await connectHs2({
    port,
    user: 'alice',
    password: newSecret(),
    limitMs: 5000,
    ...more,
  });
  endings.push(() => connected.end());
  return connected;
}

async function whole(
  options: FakeHs2Options = {},
  conf: Record<string, string> = {},
): Promise<{ engine: FakeHs2Server; gateway: InProcessGateway }> {
  const fake = await engine(options);
  return { engine: fake, gateway: await gateway({ enginePort: fake.port, conf }) };
}

describe('modes of one port', () => {
  it.each([
    ['SASL PLAIN as Python sends it', { initialResponse: 'ok' }],
    ['SASL PLAIN as Java sends it', { initialResponse: 'complete' }],
    ['NOSASL', { auth: 'nosasl' }],
  ] as const)('%s gets rows', async (_, mode) => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port, mode)).openSession();
    expect((await session.run('select 1')).rows).toEqual([[1]]);
  });

  it('takes requests that come in any number of pieces', async () => {
    const { gateway: ours } = await whole();
    for (const auth of ['plain', 'nosasl'] as const) {
      const { connection } = await client(ours.port, { auth });
      const message = encodeCall(
        'OpenSession',
        { client_protocol: 9, username: 'alice', configuration: {} },
        5,
      );
      await connection.sendSplit(message, [1, 3, 4, 5, 9, 20, 21, 30, message.length]);
      expect((await connection.receive()).readInt32BE(0) >>> 0).toBe(0x80010002);
    }
  });

  it('tells an HTTP client in HTTP what it has reached, where HTTP is off', async () => {
    const { gateway: ours } = await whole({}, { 'torii.frontend.http.on.binary.port': 'false' });
    expect(await exchange(ours.port, 'POST /cliservice HTTP/1.1\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [^]*binary Thrift/,
    );
  });

  it.each([
    ['garbage', Buffer.from([0xff, 1, 2, 3, 4])],
    ['a TLS hello', Buffer.from([0x16, 3, 1, 0, 5])],
    ['wrong magic', Buffer.from([0x80, 7, 0, 1, 0, 0, 0, 0])],
    ['a SASL payload of 2 GB', Buffer.from([1, 0x7f, 0xff, 0xff, 0xff])],
    ['an unknown SASL mechanism', Buffer.from([1, 0, 0, 0, 6, ...Buffer.from('GSSAPI')])],
  ])('closes on %s, and serves the next client', async (_, bytes) => {
    const { gateway: ours } = await whole();
    await exchange(ours.port, bytes);
    expect((await (await client(ours.port)).openSession()).protocol).toBe(9);
    expect(ours.sessions.size).toBe(1);
  });

  it('closes on a frame over the limit, whatever follows', async () => {
    const { gateway: ours } = await whole(
      {},
      { 'kyuubi.frontend.thrift.max.message.size': '1000' },
    );
    const { connection } = await client(ours.port);
    connection.socket.write(Buffer.from([0, 0, 4, 0]));
    await expect(connection.receive()).rejects.toThrow('closed');
  });

  it('closes connections that say nothing, after the handshake limit', async () => {
    const { gateway: ours } = await whole({}, { 'torii.frontend.handshake.timeout': 'PT0.5S' });
    const started = Date.now();
    expect(await exchange(ours.port, '')).toBe('');
    expect(Date.now() - started).toBeGreaterThan(400);
    await expect.poll(() => ours.frontend.connections).toBe(0);
  });
});

describe('sessions', () => {
  it('answer OpenSession at once while the engine starts, and tell of the launch', async () => {
    const fake = await engine();
    const ours = await gateway({});
    const session = await (await client(ours.port)).openSession();
    expect(session.configuration).toMatchObject({
      'kyuubi.session.engine.launch.support.result': 'true',
      'hive.server2.thrift.resultset.default.fetch.size': '1000',
    });
    const first = await session.execute('select 1', { async: true });
    expect((await first.status()).operationState).toBe(0);
    await expect.poll(async () => (await first.fetchLog()).join('\n')).toContain('log of');
    const [request] = ours.launcher.submitted;
    expect(
      request &&
        registerEngine(
          ours.store,
          request,
          request.conf.get('torii.engine.intent.path'),
          fake.port,
        ),
    ).toBe(true);
    expect(await first.finish()).toBe('FINISHED_STATE');
    expect(await first.fetchAll(1)).toEqual([[1]]);
  });

  it('fail the first statement with the launch’s reason as soon as it has failed', async () => {
    const ours = await gateway({});
    const asking = await (await client(ours.port)).openSession();
    const waiting = asking.run('select 1');
    await expect.poll(() => ours.launcher.submitted.length).toBe(1);
    ours.launcher.endJob(ours.launcher.submitted[0]?.tag ?? '', 'Exception: no such queue');
    await expect(waiting).rejects.toMatchObject({ sqlState: '08001' });
    await expect(asking.run('select 1')).rejects.toThrow('Exception: no such queue');
    const error = await asking.info(17).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Hs2Error);
  });

  it('belong to their user: another user or a wrong secret finds nothing', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    const operation = await session.execute('select 1');
    const bob = await client(ours.port, { user: 'bob' });
    await expect(session.over(bob).run('select 1')).rejects.toThrow(
      /Invalid SessionHandle: SessionHandle \[[0-9a-f-]{36}\]/,
    );
    await expect(operation.over(bob).fetchAll(1)).rejects.toThrow('Invalid OperationHandle');
    const { sessionId } = session.handle;
    const forged = { sessionId: { guid: sessionId.guid, secret: Buffer.alloc(16) } };
    const reply = await session.client.call('CloseSession', { sessionHandle: forged });
    expect(reply.status).toMatchObject({ statusCode: 3, sqlState: '08003' });
    expect(ours.sessions.size).toBe(1);
  });

  it('are used from any connection of their user, and live while one is open', async () => {
    const { gateway: ours } = await whole();
    const [first, second] = [await client(ours.port), await client(ours.port)];
    const session = await first.openSession();
    expect((await session.over(second).run('select 1')).rows).toEqual([[1]]);
    first.end();
    expect((await session.over(second).run('select 1')).rows).toEqual([[1]]);
    second.end();
    await expect.poll(() => ours.sessions.size).toBe(0);
    await expect.poll(() => ours.operations.size).toBe(0);
  });

  it('outlive their connections where the client asks for it', async () => {
    const { gateway: ours } = await whole();
    const first = await client(ours.port);
    const session = await first.openSession({
      configuration: { 'kyuubi.session.close.on.disconnect': 'false' },
    });
    first.end();
    await expect.poll(() => ours.frontend.connections).toBe(0);
    expect((await session.over(await client(ours.port)).run('select 1')).rows).toEqual([[1]]);
  });

  it('give their launch up when the client vanishes', async () => {
    const ours = await gateway({});
    const vanishing = await client(ours.port);
    await vanishing.openSession();
    await expect.poll(() => ours.launcher.submitted.length).toBe(1);
    vanishing.end();
    await expect.poll(() => ours.launcher.killed).toEqual([ours.launcher.submitted[0]?.tag]);
    expect(ours.store.intents.size).toBe(0);
  });

  it.each([
    [
      'a subdomain that is no path segment',
      { 'kyuubi.engine.share.level.subdomain': '../x' },
      '22023',
    ],
    ['a share level that there is not', { 'kyuubi.engine.share.level': 'GALAXY' }, '22023'],
    ['another user to act for', { 'hive.server2.proxy.user': 'bob' }, '08S01'],
    ['the environment', { 'set:env:PATH': '/x' }, '42501'],
  ])(
    'are refused %s, with a reason',
    async (_, configuration: Record<string, string>, sqlState) => {
      const { gateway: ours } = await whole();
      const asking = await client(ours.port);
      await expect(asking.openSession({ configuration })).rejects.toMatchObject({ sqlState });
      expect(ours.sessions.size).toBe(0);
      expect((await asking.openSession()).protocol).toBe(9);
    },
  );

  it('are counted live against the limits', async () => {
    const { gateway: ours } = await whole({}, { 'kyuubi.server.limit.connections.per.user': '2' });
    const asking = await client(ours.port);
    const [first] = [await asking.openSession(), await asking.openSession()];
    await expect(asking.openSession()).rejects.toThrow(
      'Connection limit per user reached (user: alice limit: 2)',
    );
    await first.close();
    await expect(asking.openSession()).resolves.toBeDefined();
  });

  it('end when idle, and never while a statement runs', async () => {
    const { gateway: ours } = await whole(
      { statements: { long: { ...one, polls: 'canceled' } } },
      { 'kyuubi.session.idle.timeout': 'PT0.2S', 'kyuubi.session.check.interval': 'PT0.05S' },
    );
    const [idle, busy] = [await client(ours.port), await client(ours.port)];
    await (await idle.openSession()).info(18).catch(() => '');
    const session = await busy.openSession();
    const running = await session.execute('long', { async: true });
    await expect.poll(() => ours.sessions.size, { timeout: 3000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(ours.sessions.size).toBe(1);
    await running.cancel();
    await expect.poll(() => ours.sessions.size, { timeout: 3000 }).toBe(0);
  });

  it('tell their statements that the engine is lost, and the next session gets another', async () => {
    const { engine: fake, gateway: ours } = await whole({
      statements: { long: { ...one, polls: 'canceled' } },
    });
    const asking = await client(ours.port);
    const session = await asking.openSession();
    const running = await session.execute('long', { async: true });
    fake.dropConnections();
    await expect(running.finish()).rejects.toMatchObject({ sqlState: '08S01' });
    await expect(session.run('select 1')).rejects.toThrow('Connect again');
    await session.close();
    expect((await (await asking.openSession()).run('select 1')).rows).toEqual([[1]]);
  });

  it('replace an engine whose process has ended and whose node is left', async () => {
    const { gateway: ours } = await whole();
    const asking = await client(ours.port);
    const session = await asking.openSession();
    await session.run('select 1');
    await session.close();
    const [space] = [...ours.store.intents.keys()].map((path) => path.replace('_intent/', '/'));
    const [node] = ours.store.children(space ?? '') ?? [];
    ours.store.removeNode(space ?? '', node?.name ?? '');
    ours.store.addNode(
      space ?? '',
      `serverUri=127.0.0.1:1;version=1;refId=${ours.launcher.submitted[0]?.tag};sequence=`,
      '127.0.0.1:1',
    );
    ours.launcher.endJob(ours.launcher.submitted[0]?.tag ?? '', 'killed by signal 9');
    expect((await (await asking.openSession()).run('select 1')).rows).toEqual([[1]]);
    expect(ours.launcher.submitted).toHaveLength(2);
  });
});

describe('statements', () => {
  it('keep their failure’s SQLSTATE and text', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    await expect(session.run('selec 1')).rejects.toMatchObject({ sqlState: '42601' });
    expect(ours.operations.size).toBe(1); // the launch
  });

  it('are cancelled before they reach the engine', async () => {
    const fake = await engine();
    const ours = await gateway({});
    const session = await (await client(ours.port)).openSession();
    const waiting = await session.execute('select 1', { async: true });
    await waiting.cancel();
    expect((await waiting.status()).operationState).toBe(3);
    const [request] = ours.launcher.submitted;
    if (request)
      registerEngine(ours.store, request, request.conf.get('torii.engine.intent.path'), fake.port);
    await session.run('select 1');
    expect(fake.requests('ExecuteStatement')).toHaveLength(1);
  });

  it('are cancelled while a synchronous call waits, from another connection', async () => {
    const { gateway: ours } = await whole({ statements: { hold: { ...one, holdsFetch: true } } });
    const [first, second] = [await client(ours.port), await client(ours.port)];
    const session = await first.openSession();
    const operation = await session.execute('hold');
    const fetching = operation.fetchAll(1).catch((thrown: unknown) => thrown);
    await operation.over(second).cancel();
    expect(await fetching).toMatchObject({ message: expect.stringContaining('CANCELED') });
  });

  it('can be closed twice', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    const operation = await session.execute('select 1');
    await operation.close();
    await operation.close();
    await expect(operation.fetchAll(1)).rejects.toThrow('Invalid OperationHandle');
  });

  it('that are not UTF-8 are refused, and the connection goes on', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    const { connection } = session.client;
    const seqId = connection.nextSeqId();
    const message = encodeCall(
      'ExecuteStatement',
      { sessionHandle: session.handle, statement: 'xyz' },
      seqId,
    );
    message.write('\xff\xfe\xfd', message.indexOf('xyz'), 'latin1');
    connection.send(message);
    expect((await connection.receive()).toString('latin1')).toContain('not valid UTF-8');
    expect((await session.run('select 1')).rows).toEqual([[1]]);
  });

  it('of 16 MB reach the engine', async () => {
    const big = `select '${'x'.repeat(16 << 20)}'`;
    const { engine: fake, gateway: ours } = await whole({ statements: { [big]: one } });
    const session = await (await client(ours.port)).openSession();
    expect((await session.run(big)).rows).toEqual([[1]]);
    expect(fake.requests('ExecuteStatement')[0]?.statement).toHaveLength(big.length);
  }, 20_000);

  it('of the gateway’s own are answered by it', async () => {
    const { engine: fake, gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    const described = await session.run('KYUUBI DESC SESSION;');
    expect(described.columns.map((column) => column.name)).toEqual([
      'SESSION_ID',
      'SESSION_USER',
      'SESSION_TYPE',
      'SESSION_REAL_USER',
    ]);
    expect(described.rows[0]?.slice(1)).toEqual(['alice', 'INTERACTIVE', 'alice']);
    expect((await session.run('kyuubi describe engine')).rows[0]?.[3]).toBe(
      `127.0.0.1:${fake.port}`,
    );
    expect(fake.requests('ExecuteStatement')).toEqual([]);
  });

  it('come back by row for protocols before V6', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession({ protocol: 4 });
    expect(session.protocol).toBe(4);
    expect((await session.run('kyuubi desc session')).rows[0]?.[1]).toBe('alice');
  });
});

describe('rows', () => {
  const wide = 'w'.repeat(1000);
  const values = Array.from({ length: 3000 }, (_, index) => `${index}${wide}`);
  const large = {
    columns: [['x', 7]],
    batches: [[{ stringVal: { values, nulls: Buffer.alloc(375) } }]],
  } as const;

  it.each(['plain', 'nosasl'] as const)(
    'of a large reply pass through to a %s client byte by byte the same',
    async (auth) => {
      const { gateway: ours } = await whole({ statements: { large } });
      const session = await (await client(ours.port, { auth })).openSession();
      expect((await session.run('large')).rows).toEqual(values.map((value) => [value]));
      expect((await session.run('select 1')).rows).toEqual([[1]]);
    },
  );

  it('wait in the engine for a client that does not read', async () => {
    const { gateway: ours } = await whole({ statements: { large } });
    const reading = await client(ours.port);
    const session = await reading.openSession();
    const operation = await session.execute('large');
    reading.connection.socket.pause();
    const fetching = operation.fetch(10_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const other = await (await client(ours.port)).openSession();
    expect((await other.run('select 1')).rows).toEqual([[1]]);
    reading.connection.socket.resume();
    const [column] = (await fetching).results?.columns ?? [];
    expect(column?.stringVal?.values).toHaveLength(3000);
  });

  it('that a vanished client asked for are dropped, and nobody else is hurt', async () => {
    const { gateway: ours } = await whole({ statements: { large } });
    const leaving = await client(ours.port);
    const operation = await (await leaving.openSession()).execute('large');
    leaving.connection.socket.pause();
    operation.fetch(10_000).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    leaving.end();
    await expect.poll(() => ours.sessions.size).toBe(0);
    expect((await (await (await client(ours.port)).openSession()).run('select 1')).rows).toEqual([
      [1],
    ]);
  });
});

describe('methods', () => {
  it('that are unknown get a TApplicationException of type 1, and the connection goes on', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    const { connection } = session.client;
    for (const name of ['GetLog', 'CloseImpalaOperation', 'PingImpalaHS2Service', 'UploadData']) {
      connection.send(encodeEmptyCall(name, 77));
      const reply = await connection.receive();
      expect(reply.readInt32BE(0) >>> 0).toBe(0x80010003);
      expect(reply.subarray(-8)).toEqual(Buffer.from([8, 0, 2, 0, 0, 0, 1, 0]));
    }
    expect((await session.run('select 1')).rows).toEqual([[1]]);
  });

  it('without their handle are answered as Java servers do', async () => {
    const { gateway: ours } = await whole();
    const { connection } = await client(ours.port);
    connection.send(encodeEmptyCall('CloseSession', 1));
    expect((await connection.receive()).toString('latin1')).toContain(
      "Required field 'req' is unset!",
    );
  });

  it('for delegation tokens say that there are none', async () => {
    const { gateway: ours } = await whole();
    const session = await (await client(ours.port)).openSession();
    const reply = await session.client.call('GetDelegationToken', {
      sessionHandle: session.handle,
      owner: 'a',
      renewer: 'b',
    });
    expect(reply.status).toMatchObject({ statusCode: 3, sqlState: '0A000' });
  });
});

/** Sends bytes and gives what came until the server closed. */
function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket: Socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket
      .on('data', (chunk: Buffer) => received.push(chunk))
      .on('error', () => {})
      .on('close', () => resolve(Buffer.concat(received).toString('latin1')));
  });
}
