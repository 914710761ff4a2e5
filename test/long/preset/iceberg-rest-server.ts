import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { icebergRestCatalog } from '../../../scripts/test-clients.mjs';
import { freePort } from '../../support/free-port.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { startJavaServer } from '../../integration/preset/java-server.ts';
import { sparkJars } from '../../integration/preset/spark-jars.ts';

/** Iceberg's own server of its REST protocol, whose tables are folders of this host. */
export interface IcebergRestServer {
  readonly uri: string;
  /** Names of the tables of a namespace, by the protocol itself. */
  readonly tables: (namespace: string) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

export async function startIcebergRestServer(): Promise<IcebergRestServer> {
  const dir = makeTempDir('iceberg-rest');
  const warehouse = join(dir, 'warehouse');
  mkdirSync(warehouse);
  const port = await freePort();
  const uri = `http://127.0.0.1:${port}`;
  const child = await startJavaServer({
    mainClass: 'org.apache.iceberg.rest.RESTCatalogServer',
    classPath: [
      ...(await icebergRestCatalog()),
      ...sparkJars(['hadoop-client-', 'commons-logging', 'log4j-', 'slf4j-', 'jcl-over']),
    ],
    dir,
    env: {
      CATALOG_URI: `jdbc:sqlite:${join(dir, 'catalog.db')}`,
      CATALOG_WAREHOUSE: `file://${warehouse}`,
      CATALOG_REST_PORT: `${port}`,
    },
    isUp: () =>
      fetch(`${uri}/v1/config`).then(
        ({ ok }) => ok,
        () => false,
      ),
  });
  return {
    uri,
    tables: async (namespace) => {
      const reply = await fetch(`${uri}/v1/namespaces/${namespace}/tables`);
      const { identifiers } = (await reply.json()) as { identifiers: { name: string }[] }; // the protocol's
      return identifiers.map(({ name }) => name);
    },
    stop: async () => {
      await child.stop();
      removeTempDir(dir);
    },
  };
}
