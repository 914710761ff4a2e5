import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deltaJars, icebergJars } from '../../../scripts/test-clients.mjs';
import { startGateway } from '../../support/gateway.ts';
import type { RunningGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import type { Hs2Client, Hs2Session, Hs2Value } from '../../support/hs2-client.ts';
import { newSecret } from '../../support/secrets.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { startIcebergRestServer } from './iceberg-rest-server.ts';
import type { IcebergRestServer } from './iceberg-rest-server.ts';

const dir = makeTempDir('table-formats');
let rest: IcebergRestServer | undefined;
let gateway: RunningGateway | undefined;
let client: Hs2Client;
let session: Hs2Session;

beforeAll(async () => {
  rest = await startIcebergRestServer();
  const iceberg = JSON.stringify(await icebergJars());
  const preset = `
presets:
  tables:
    catalogs:
      - { kind: iceberg, name: lake, warehouse: 'file://${join(dir, 'lake')}', jars: ${iceberg} }
      - { kind: icebergRest, name: served, uri: '${rest.uri}', fileIo: hadoop, credential: 'env:LAKE_LOGIN', jars: ${iceberg} }
      - { kind: delta, warehouse: 'file://${join(dir, 'delta')}', jars: ${JSON.stringify(await deltaJars())} }
    fixedConf: # for tables of three rows: the usual 200 tasks would take most of the time
      spark.sql.shuffle.partitions: 1
      spark.databricks.delta.snapshotPartitions: 1
`;
  const clusters = join(dir, 'clusters.yaml');
  writeFileSync(clusters, preset);
  gateway = await startGateway({
    home: sparkHome('3.5'),
    conf: { 'torii.clusters.path': clusters },
    // Client id and secret, which the engine exchanges for a token before its first request.
    env: { LAKE_LOGIN: `torii:${newSecret()}` },
  });
  client = await connectHs2({ port: gateway.port, user: 'alice', password: newSecret() });
  session = await client.openSession({ configuration: { 'torii.session.preset': 'tables' } });
  await session.run('SELECT 1'); // once the engine is up
});
afterAll(async () => {
  client?.end();
  await gateway?.stop();
  await rest?.stop();
  removeTempDir(dir);
});

async function rows(statement: string): Promise<readonly (readonly Hs2Value[])[]> {
  return (await session.run(statement)).rows;
}

/** What every table format has to take: changes of rows, and one MERGE. */
async function fillAndChange(table: string, format: string): Promise<void> {
  await rows(`CREATE TABLE ${table} (id INT, city STRING) USING ${format}`);
  await rows(`INSERT INTO ${table} VALUES (1, 'Kyoto'), (2, 'Nara'), (3, 'Kobe')`);
  await rows(`UPDATE ${table} SET city = 'Osaka' WHERE id = 2`);
  await rows(`DELETE FROM ${table} WHERE id = 3`);
  await rows(
    `MERGE INTO ${table} t USING (SELECT 1 AS id, 'Uji' AS city UNION ALL SELECT 4, 'Otsu') s ON t.id = s.id
     WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
  );
}

const first = [
  [1, 'Kyoto'],
  [2, 'Nara'],
  [3, 'Kobe'],
];
const last = [
  [1, 'Uji'],
  [2, 'Osaka'],
  [4, 'Otsu'],
];

describe('an engine with catalogs of Iceberg and Delta side by side', () => {
  it.each([
    { catalog: 'lake', kind: 'in a folder' },
    { catalog: 'served', kind: "behind Iceberg's REST server" },
  ])('changes Iceberg tables $kind, looks back and tidies up', async ({ catalog }) => {
    const table = `${catalog}.town.cities`;
    await rows(`CREATE NAMESPACE ${catalog}.town`);
    await fillAndChange(table, 'iceberg');
    expect(await rows(`SELECT * FROM ${table} ORDER BY id`)).toEqual(last);

    const snapshots = await rows(
      `SELECT snapshot_id FROM ${table}.snapshots ORDER BY committed_at`,
    );
    expect(snapshots).toHaveLength(4);
    expect(
      await rows(`SELECT * FROM ${table} VERSION AS OF ${String(snapshots[0]?.[0])} ORDER BY id`),
    ).toEqual(first);

    const rewritten = await session.run(
      `CALL ${catalog}.system.rewrite_data_files(table => 'town.cities', options => map('rewrite-all', 'true'))`,
    );
    expect(rewritten.columns[0]?.name).toBe('rewritten_data_files_count');
    await rows(
      `CALL ${catalog}.system.expire_snapshots(table => 'town.cities', older_than => TIMESTAMP '2999-01-01 00:00:00', retain_last => 1)`,
    );
    expect(await rows(`SELECT count(*) FROM ${table}.snapshots`)).toEqual([[1n]]);
    expect(await rows(`SELECT * FROM ${table} ORDER BY id`)).toEqual(last);
  });

  it('has put the served table where every client of the REST protocol sees it', async () => {
    expect(await rest?.tables('town')).toEqual(['cities']);
  });

  it('changes Delta tables, looks back and tells their history', async () => {
    await fillAndChange('cities', 'delta');
    expect(await rows('SELECT * FROM cities ORDER BY id')).toEqual(last);
    expect(await rows('SELECT * FROM cities VERSION AS OF 1 ORDER BY id')).toEqual(first);
    const history = await session.run('DESCRIBE HISTORY cities');
    const operation = history.columns.findIndex(({ name }) => name === 'operation');
    expect(history.rows.map((row) => row[operation]).toReversed()).toEqual([
      'CREATE TABLE',
      'WRITE',
      'UPDATE',
      'DELETE',
      'MERGE',
    ]);
  });

  it('lists the tables of all its catalogs to a client that browses', async () => {
    const tables = await session.metadata('GetTables', { tableName: 'cities' });
    expect(tables.rows.map((row) => [row[0], row[1], row[2]])).toEqual(
      expect.arrayContaining([
        ['lake', 'town', 'cities'],
        ['served', 'town', 'cities'],
        ['spark_catalog', 'default', 'cities'],
      ]),
    );
  });
});
