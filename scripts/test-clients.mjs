// @ts-check
// What the integration tests run against and with, beside the gateway: the versions stand here and nowhere else.
import { ensureMavenArtifact, ensurePythonEnv, ensureSpark } from './provision.mjs';

/** The Spark of the newer line; the default version is the older line's. */
export const newerSpark = () => ensureSpark('4.1.4');

/** Hive's JDBC driver, with what it needs. Version 2.3.9 is among Spark's own jars. */
export const hiveJdbc = () => ensureMavenArtifact('org.apache.hive:hive-jdbc:4.0.1:jar:standalone');

export const kyuubiJdbc = () =>
  ensureMavenArtifact('org.apache.kyuubi:kyuubi-hive-jdbc-shaded:1.7.1');

/** A YARN cluster in one process, beside the Hadoop client among the jars of Spark 3.5. */
export const yarnCluster = async () => {
  const jars = await Promise.all(
    [
      'org.apache.hadoop:hadoop-client-minicluster:3.3.4',
      'junit:junit:4.13.2',
      'org.hamcrest:hamcrest-core:1.3',
      'org.bouncycastle:bcprov-jdk15on:1.68',
      'org.bouncycastle:bcpkix-jdk15on:1.68',
    ].map((artifact) => ensureMavenArtifact(artifact)),
  );
  return jars.flat();
};

/** PyHive, impyla and what they need: a folder for PYTHONPATH. */
export const pythonClients = () =>
  ensurePythonEnv([
    'PyHive==0.7.0',
    'SQLAlchemy==2.1.9',
    'impyla==0.24.0',
    'kerberos==1.3.1', // for pure-sasl's GSSAPI
    'pure-sasl==0.6.2',
    'python-dateutil==2.9.0.post0',
    'thrift==0.25.0',
    'thrift-sasl==0.4.3',
  ]);

/** AWS's services, played by moto: a folder for PYTHONPATH. */
export const awsStandIn = () => ensurePythonEnv(['moto[server]==5.2.5']);

/** All of it, so that no test waits for a download. */
export async function ensureTestClients() {
  await newerSpark();
  await hiveJdbc();
  await kyuubiJdbc();
  await yarnCluster();
  await pythonClients();
  await awsStandIn();
}
