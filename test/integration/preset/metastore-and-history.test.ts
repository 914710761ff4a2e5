import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Client, Hs2Session } from '../../support/hs2-client.ts';
import { newSecret } from '../../support/secrets.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { startHistoryServer } from './history-server.ts';
import type { HistoryServer } from './history-server.ts';
import { startMetastoreServer } from './metastore-server.ts';
import type { MetastoreServer } from './metastore-server.ts';

const dir = makeTempDir('history-logs');
const eventLogs = `file://${join(dir, 'events')}`;
let metastore: MetastoreServer | undefined;
let history: HistoryServer | undefined;
let gateway: RunningGateway | undefined;
const clients: Hs2Client[] = [];

beforeAll(async () => {
  mkdirSync(join(dir, 'events'));
  metastore = await startMetastoreServer();
  const clusters = join(dir, 'clusters.yaml');
  const preset = `
presets:
  shared:
    shareLevel: CONNECTION
    catalogs:
      - { kind: hiveMetastore, form: external, uris: ['${metastore.uri}'], warehouse: '${metastore.warehouse}' }
    eventLog: { dir: '${eventLogs}' }
`;
  writeFileSync(clusters, preset);
  gateway = await startGateway({
    home: sparkHome('3.5'),
    conf: { 'torii.clusters.path': clusters },
  });
});
afterAll(async () => {
  for (const client of clients) client.end();
  await gateway?.stop();
  await history?.stop();
  await metastore?.stop();
  removeTempDir(dir);
});

async function open(user: string): Promise<Hs2Session> {
  if (gateway === undefined) throw new Error('there is no gateway');
  const client = await connectHs2({ port: gateway.port, user, password: newSecret() });
  clients.push(client);
  return client.openSession({ configuration: { 'torii.session.preset': 'shared' } });
}

async function applicationOf(session: Hs2Session): Promise<string> {
  const { rows } = await session.run('SET spark.app.id');
  return String(rows[0]?.[1]);
}

it('a table that one engine wrote is read by another, and both are in the history', async () => {
  const writer = await open('alice');
  const written = await applicationOf(writer);
  await writer.run('CREATE DATABASE harbour');
  await writer.run('CREATE TABLE harbour.ships (name STRING, port STRING) PARTITIONED BY (port)');
  await writer.run("INSERT INTO harbour.ships PARTITION (port = 'Kobe') VALUES ('Maru')");
  await writer.run("INSERT INTO harbour.ships PARTITION (port = 'Otaru') VALUES ('Kaiyo')");
  await writer.close();

  const reader = await open('bob');
  const read = await applicationOf(reader);
  expect(read).not.toBe(written);
  expect((await reader.run('SHOW DATABASES')).rows).toContainEqual(['harbour']);
  const partitions = await reader.run('SHOW PARTITIONS harbour.ships');
  expect(partitions.rows).toEqual([['port=Kobe'], ['port=Otaru']]);
  const ships = await reader.run("SELECT name FROM harbour.ships WHERE port > 'Mito'");
  expect(ships.rows).toEqual([['Kaiyo']]);
  await reader.close();

  history = await startHistoryServer(eventLogs);
  const server = history;
  const ended = async () =>
    (await server.applications())
      .filter(({ attempts }) => attempts.every(({ completed }) => completed))
      .map(({ id, name, attempts }) => ({ id, name, user: attempts[0]?.sparkUser }));
  await expect.poll(ended, { timeout: 60_000 }).toHaveLength(2);
  expect(await ended()).toEqual(
    expect.arrayContaining([
      { id: written, name: expect.stringContaining('alice'), user: 'alice' },
      { id: read, name: expect.stringContaining('bob'), user: 'bob' },
    ]),
  );
});
