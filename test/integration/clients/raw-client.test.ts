import types from '#thrift/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectHs2, Hs2Error } from '../../support/hs2-client.ts';
import { decodeRows } from '../../support/hs2-result.ts';
import {
  decodeException,
  decodeReply,
  encodeCall,
  encodeEmptyCall,
  Hs2CallError,
} from '../../support/hs2-wire.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { sparkVersion } from '../../support/spark-homes.ts';
import { startServer, type TestedServer } from '../../support/server.ts';

let server: TestedServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
  await stopAllProcesses();
});

const unknownMethod = 1;

describe.each(['plain', 'nosasl'] as const)('a raw client over %s', (auth) => {
  const connect = () => connectHs2({ port: server.port, user: 'alice', auth });

  it('may send a call byte by byte', async () => {
    const client = await connect();
    const session = await client.openSession();
    const request = { sessionHandle: session.handle, statement: 'select 1 as one' };
    const call = encodeCall('ExecuteStatement', request, 77);
    await client.connection.sendSplit(
      call,
      Array.from({ length: call.length + 4 }, (_, index) => index),
    );
    const reply = decodeReply('ExecuteStatement', await client.connection.receive());
    expect(reply.status.statusCode).toBe(types.TStatusCode.SUCCESS_STATUS);
    await session.close();
    client.end();
  });

  it('may send several calls before it reads, and gets the answers in order', async () => {
    const client = await connect();
    const session = await client.openSession();
    for (const [seqId, infoType] of [17, 18, 13].entries()) {
      const request = { sessionHandle: session.handle, infoType };
      client.connection.send(encodeCall('GetInfo', request, seqId));
    }
    const answers: (string | undefined)[] = [];
    for (let count = 0; count < 3; count++) {
      const reply = decodeReply('GetInfo', await client.connection.receive());
      answers.push(reply.infoValue.stringValue);
    }
    expect(answers).toEqual(['Spark SQL', sparkVersion(), 'Spark SQL']);
    await session.close();
    client.end();
  });

  it('is told that a method is unknown, and keeps its connection', async () => {
    const client = await connect();
    client.connection.send(encodeEmptyCall('GetLog', 5));
    const exception = decodeException(await client.connection.receive());
    expect(exception).toBeInstanceOf(Hs2CallError);
    expect(exception.type).toBe(unknownMethod);
    const session = await client.openSession();
    expect((await session.run('select 2 as two')).rows).toEqual([[2]]);
    await session.close();
    client.end();
  });

  it('drives one session and one operation over several connections', async () => {
    const [first, second, third] = await Promise.all([connect(), connect(), connect()]);
    const session = await first.openSession();
    const operation = await session.over(second).execute('select id from range(0, 3, 1, 1)');
    expect(await operation.over(third).fetchAll(1)).toEqual([[0n], [1n], [2n]]);
    await operation.over(first).close();
    await session.over(third).close();
    await expect(session.run('select 1')).rejects.toBeInstanceOf(Hs2Error);
    for (const client of [first, second, third]) client.end();
  });

  it('gets the protocol that it asked for, and rows in the layout of that time', async () => {
    const client = await connect();
    for (const protocol of [0, 4, 5, 9, 10]) {
      const session = await client.openSession({ protocol });
      expect(session.protocol).toBe(protocol);
      const operation = await session.execute(
        "select 1Y, 2L, 1.5D, 'x', true, null, cast(2.50 as decimal(5,2))",
      );
      const { results } = await operation.fetch(10);
      if (!results) throw new Error('a fetch without results');
      expect(results.columns ? 'columns' : 'rows').toBe(protocol < 5 ? 'rows' : 'columns');
      expect(decodeRows(results, 7)).toEqual([[1, 2n, 1.5, 'x', true, null, '2.50']]);
      await operation.close();
      await session.close();
    }
    client.end();
  });

  it('reads a result again from its first row', async () => {
    const client = await connect();
    const session = await client.openSession();
    const operation = await session.execute('select id from range(0, 25, 1, 2)');
    expect(await operation.fetchAll(1, 10)).toHaveLength(25);
    const { results } = await operation.fetch(4, types.TFetchOrientation.FETCH_FIRST);
    if (!results) throw new Error('a fetch without results');
    expect(decodeRows(results, 1)).toEqual([[0n], [1n], [2n], [3n]]);
    await session.close();
    client.end();
  });
});
