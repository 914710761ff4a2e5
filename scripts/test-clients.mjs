// @ts-check
// What the integration tests run against and with, beside the gateway: the versions stand here and nowhere else.
import { join } from 'node:path';
import {
  ensureFromPythonPackage,
  ensureGoModuleFile,
  ensureMavenArtifact,
  ensurePythonEnv,
  ensureSpark,
} from './provision.mjs';

/** The Spark of the newer line; the default version is the older line's. */
export const newerSpark = () => ensureSpark('4.1.4');

/** Hive's JDBC driver, with what it needs. Version 2.3.9 is among Spark's own jars. */
export const hiveJdbc = () => ensureMavenArtifact('org.apache.hive:hive-jdbc:4.0.1:jar:standalone');

export const kyuubiJdbc = () =>
  ensureMavenArtifact('org.apache.kyuubi:kyuubi-hive-jdbc-shaded:1.7.1');

/** YARN's own resource and node managers, as a Hadoop distribution has them: this one artifact asks for all of their jars. */
export const yarnCluster = () =>
  ensureMavenArtifact('org.apache.hadoop:hadoop-minicluster:3.3.4', { transitive: true });

/** What an engine of Spark 3.5 needs for Iceberg's tables. */
export const icebergJars = () =>
  ensureMavenArtifact('org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.0');

/** What an engine of Spark 3.5 needs for Delta's tables. */
export const deltaJars = () =>
  ensureMavenArtifacts(['io.delta:delta-spark_2.12:3.2.0', 'io.delta:delta-storage:3.2.0']);

/** Of the AWS SDK for Java what reads secrets and takes on roles, as EMR's images have it beside Spark's own jars. */
export const awsSdkJars = async () => {
  const reader = await ensureMavenArtifact('software.amazon.awssdk:secretsmanager:2.29.52', {
    transitive: true,
  });
  const roles = await ensureMavenArtifacts([
    'software.amazon.awssdk:sts:2.29.52',
    'software.amazon.awssdk:aws-query-protocol:2.29.52',
  ]);
  const ofSpark = /\/(?:netty|slf4j)-[^/]*$/;
  return [...reader, ...roles].filter((jar) => !ofSpark.test(jar));
};

/** Iceberg's own server of its REST protocol, beside the Hadoop client among Spark's jars. */
export const icebergRestCatalog = async () => [
  ...(await ensureMavenArtifacts([
    'org.apache.iceberg:iceberg-open-api:1.10.0:jar:test-fixtures',
    'org.apache.iceberg:iceberg-core:1.10.0:jar:tests',
    'org.xerial:sqlite-jdbc:3.46.1.3',
  ])),
  ...(await ensureMavenArtifact('org.apache.iceberg:iceberg-core:1.10.0', { transitive: true })),
  ...(await ensureMavenArtifact('org.eclipse.jetty:jetty-servlet:11.0.26', { transitive: true })),
];

/** The Hive metastore as a server of its own, before Spark's jars: those have the rest of what it needs, and Derby. */
export const hiveMetastore = () =>
  ensureMavenArtifacts([
    'org.apache.hive:hive-standalone-metastore:3.1.3',
    'com.google.guava:guava:19.0', // the one among Spark's jars is older than what it was built for
  ]);

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

/** The schemas of every object of the Kubernetes API, as published: the path of one JSON file. */
export const kubernetesSchemas = async () => {
  const folder = 'kubernetes_validate/kubernetes-json-schema/v1.33.0-local-strict';
  const file = `${folder}/_definitions.json`;
  return join(await ensureFromPythonPackage('kubernetes-validate==1.37.0', [file]), file);
};

/** The definition of SparkApplication, as the Spark operator's authors publish it: the path of one YAML file. */
export const sparkApplicationSchema = () =>
  ensureGoModuleFile(
    'github.com/kubeflow/spark-operator/v2@v2.4.0',
    'config/crd/bases/sparkoperator.k8s.io_sparkapplications.yaml',
  );

/** All of it, so that no test waits for a download. */
export async function ensureTestClients() {
  await newerSpark();
  await hiveJdbc();
  await kyuubiJdbc();
  await yarnCluster();
  await icebergJars();
  await deltaJars();
  await awsSdkJars();
  await icebergRestCatalog();
  await hiveMetastore();
  await pythonClients();
  await awsStandIn();
  await kubernetesSchemas();
  await sparkApplicationSchema();
}

/** @param {readonly string[]} artifacts */
async function ensureMavenArtifacts(artifacts) {
  const jars = await Promise.all(artifacts.map((artifact) => ensureMavenArtifact(artifact)));
  return jars.flat();
}
