import { afterEach, describe, expect, it } from 'vitest';
import { FakeHs2Server } from '../../support/fake-hs2-server.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Operation } from '../../support/hs2-client.ts';
import { startInProcess } from '../../support/in-process-gateway.ts';
import { newSecret } from '../../support/secrets.ts';

const endings: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

const next = 0;
const prior = 1;
const first = 4;
const opened = {
  status: { statusCode: 0 },
  serverProtocolVersion: 9,
  sessionHandle: { sessionId: { guid: Buffer.alloc(16, 1), secret: Buffer.alloc(16, 2) } },
};
const statements = {
  many: { columns: [['id', 4]], numbers: 1_000_000 },
  few: { columns: [['id', 4]], numbers: 300 },
} as const;

async function engine(canRewind = true): Promise<FakeHs2Server> {
  const configuration: Record<string, string> = canRewind
    ? { 'torii.engine.can.rewind': 'true' }
    : {};
  const fake = await FakeHs2Server.start({
    statements,
    openSession: () => ({ ...opened, configuration }),
  });
  endings.push(() => fake.stop());
  return fake;
}

/** The statement's rows through a gateway, or straight from what plays the engine. */
async function operation(port: number, statement: keyof typeof statements): Promise<Hs2Operation> {
  const client = await connectHs2({ port, user: 'alice', password: newSecret(), limitMs: 5000 });
  endings.push(() => client.end());
  return await (await client.openSession()).execute(statement);
}

async function throughGateway(
  fake: FakeHs2Server,
  statement: keyof typeof statements = 'many',
): Promise<Hs2Operation> {
  const gateway = await startInProcess({ enginePort: fake.port });
  endings.push(() => gateway.stop());
  return await operation(gateway.port, statement);
}

/** First number, count, and whether there are more. */
async function batch(of: Hs2Operation, maxRows: number, orientation = next): Promise<unknown[]> {
  const { results, hasMoreRows } = await of.fetch(maxRows, orientation);
  const values = results?.columns?.[0]?.i64Val?.values ?? [];
  const numbers = values.map(Number);
  expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  return [numbers[0], numbers.length, hasMoreRows];
}

const fetched = (fake: FakeHs2Server): number => fake.requests('FetchResults').length;

describe.each([
  ['small', 100],
  ['large', 20_000],
])('%s batches', (_, size) => {
  it('are asked for one ahead from the second on, and come in order', async () => {
    const fake = await engine();
    const rows = await throughGateway(fake);
    expect(await batch(rows, size)).toEqual([0, size, true]);
    expect(fetched(fake)).toBe(1);
    for (let i = 1; i < 6; i++) {
      expect(await batch(rows, size)).toEqual([i * size, size, true]);
      await expect.poll(() => fetched(fake)).toBe(i + 2);
    }
  });

  it('of another size go on where the client is', async () => {
    const fake = await engine();
    const rows = await throughGateway(fake);
    await batch(rows, size);
    await batch(rows, size);
    await expect.poll(() => fetched(fake)).toBe(3);
    expect(await batch(rows, 7)).toEqual([2 * size, 7, true]);
    expect(await batch(rows, size)).toEqual([2 * size + 7, size, true]);
  });

  it('are read again from the first, and backwards', async () => {
    const fake = await engine();
    const rows = await throughGateway(fake);
    for (let i = 0; i < 3; i++) await batch(rows, size);
    await expect.poll(() => fetched(fake)).toBe(4);
    expect(await batch(rows, size, prior)).toEqual([size, size, true]);
    for (let i = 2; i < 5; i++) await batch(rows, size);
    expect(await batch(rows, size, first)).toEqual([0, size, true]);
    expect(await batch(rows, size)).toEqual([size, size, true]);
  });

  it('leave room for other requests of the session meanwhile', async () => {
    const fake = await engine();
    const rows = await throughGateway(fake);
    await batch(rows, size);
    await batch(rows, size);
    await expect.poll(() => fetched(fake)).toBe(3);
    expect((await rows.status()).operationState).toBe(2);
    expect(await batch(rows, size)).toEqual([2 * size, size, true]);
  });

  it('that were asked for before a cancel are not handed out after it', async () => {
    const fake = await engine();
    const rows = await throughGateway(fake);
    await batch(rows, size);
    await batch(rows, size);
    await expect.poll(() => fetched(fake)).toBe(3);
    await rows.cancel();
    await expect(rows.fetch(size)).rejects.toMatchObject({ sqlState: 'HY008' });
  });

  it('that are left are dropped when the operation is closed, and the connection is used again', async () => {
    const fake = await engine();
    const rows = await throughGateway(fake);
    await batch(rows, size);
    await batch(rows, size);
    await expect.poll(() => fetched(fake)).toBe(3);
    await rows.close();
    await expect.poll(() => fetched(fake)).toBe(4); // it was given back
    expect(fake.requests('CloseOperation')).toHaveLength(1);
  });
});

it('asks for nothing ahead of an engine that cannot go back', async () => {
  const fake = await engine(false);
  const rows = await throughGateway(fake);
  for (let i = 0; i < 4; i++) expect(await batch(rows, 50)).toEqual([i * 50, 50, true]);
  await rows.status();
  expect(fetched(fake)).toBe(4);
});

it('asks for nothing behind the last row', async () => {
  const fake = await engine();
  const rows = await throughGateway(fake, 'few');
  for (let i = 0; i < 3; i++) expect(await batch(rows, 100)).toEqual([i * 100, 100, i < 2]);
  await rows.status();
  expect(fetched(fake)).toBe(3);
});

it('an engine that is lost while rows are held ends the session', async () => {
  const fake = await engine();
  const rows = await throughGateway(fake);
  await batch(rows, 100);
  await batch(rows, 100);
  await expect.poll(() => fetched(fake)).toBe(3);
  fake.dropConnections();
  await expect
    .poll(async () => await rows.fetch(200).then(String, (error: Error) => error.message))
    .toMatch(/the engine at .* has ended|connection to the engine at .* was lost/);
});

it('any mixture of sizes and directions reads the same rows as without a gateway', async () => {
  const fake = await engine();
  const [through, direct] = [
    await throughGateway(fake),
    await operation((await engine()).port, 'many'),
  ];
  let seed = 4711;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 0x7fffffff;
    return seed % below;
  };
  for (let i = 0; i < 300; i++) {
    const size = [10, 10, 10, 250, 10_000][random(5)] ?? 10;
    const orientation = [next, next, next, next, next, next, prior, first][random(8)] ?? next;
    expect(await batch(through, size, orientation)).toEqual(await batch(direct, size, orientation));
  }
});
