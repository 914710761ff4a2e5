import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { hiveMetastore } from '../../../scripts/test-clients.mjs';
import { freePort } from '../../support/free-port.ts';
import { sparkHome } from '../../support/spark-homes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { startJavaServer } from './java-server.ts';

/** A Hive metastore as a server of its own, with its database in its folder. */
export interface MetastoreServer {
  readonly uri: string;
  readonly warehouse: string;
  readonly stop: () => Promise<void>;
}

export async function startMetastoreServer(): Promise<MetastoreServer> {
  const dir = makeTempDir('metastore');
  const port = await freePort();
  const conf = join(dir, 'conf');
  const warehouse = `file://${join(dir, 'warehouse')}`;
  for (const folder of [conf, join(dir, 'warehouse')]) mkdirSync(folder);
  const settings = {
    'javax.jdo.option.ConnectionURL': `jdbc:derby:;databaseName=${join(dir, 'db')};create=true`,
    'datanucleus.schema.autoCreateAll': 'true',
    'metastore.schema.verification': 'false',
    'metastore.warehouse.dir': warehouse,
    'metastore.thrift.port': `${port}`,
    'metastore.thrift.bind.host': '127.0.0.1',
    // What it would take by default is in Hive's own jars, which a metastore alone does not have.
    'metastore.task.threads.always': 'org.apache.hadoop.hive.metastore.events.EventCleanerTask',
    'metastore.expression.proxy':
      'org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy',
  };
  const properties = Object.entries(settings).map(
    ([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`,
  );
  writeFileSync(
    join(conf, 'metastore-site.xml'),
    `<configuration>${properties.join('\n')}</configuration>`,
  );
  const child = await startJavaServer({
    mainClass: 'org.apache.hadoop.hive.metastore.HiveMetaStore',
    classPath: [conf, ...(await hiveMetastore()), join(sparkHome('3.5'), 'jars', '*')],
    dir,
    options: [`-Dderby.stream.error.file=${join(dir, 'derby.log')}`],
    isUp: () => accepts(port),
  });
  return {
    uri: `thrift://127.0.0.1:${port}`,
    warehouse,
    stop: async () => {
      await child.stop();
      removeTempDir(dir);
    },
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (isUp: boolean) => {
      socket.destroy();
      resolve(isUp);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
