import { describe, expect, test } from 'vitest';
import { messageFrom, snapshotOf } from '../../support/clusters-text.ts';

const serverless = (applications: string, region = 'eu-west-1') =>
  `{ kind: emr-serverless, region: ${region}, applications: [${applications}], engineJar: "s3://b/e.jar", secretsKmsKey: alias/k }`;
const eks = (virtualCluster: string, region = 'eu-west-1') =>
  `{ kind: emr-eks, region: ${region}, virtualCluster: ${virtualCluster}, engineJar: "s3://b/e.jar", releaseLabel: emr-7.10.0-latest }`;
const ec2 = (cluster: string, region = 'eu-west-1') =>
  `{ kind: emr-ec2, region: ${region}, cluster: ${cluster}, engineJar: "s3://b/e.jar" }`;
const fileOf = (one: string, other: string) => `clusters:\n  lake: ${one}\n  etl: ${other}\n`;

describe('two clusters that would count and end the same engines are refused for', () => {
  test.each([
    [
      'an application',
      serverless('00f1, 00f2'),
      serverless('00f3, 00f2'),
      'application 00f2 in eu-west-1',
    ],
    ['a virtual cluster', eks('vc01'), eks('vc01'), 'virtual cluster vc01 in eu-west-1'],
    ['a cluster of EMR', ec2('j-1ABC'), ec2('j-1ABC'), 'the EMR cluster j-1ABC in eu-west-1'],
  ])('%s', (_, one, other, home) => {
    expect(messageFrom(() => snapshotOf(fileOf(one, other)))).toBe(
      `clusters.yaml:3: clusters.etl: ${home} is named by cluster lake as well; each would count and end the other's engines as its own`,
    );
  });
});

describe('two clusters are taken with', () => {
  test.each([
    ['applications of their own', serverless('00f1'), serverless('00f2')],
    ['the same id in two regions', eks('vc01'), eks('vc01', 'us-east-1')],
    ['the same id of different kinds', serverless('0abc'), eks('0abc')],
  ])('%s', (_, one, other) => {
    expect([...snapshotOf(fileOf(one, other)).specs.keys()]).toEqual(['lake', 'etl']);
  });

  test('an application that one of them names twice', () => {
    expect(snapshotOf(fileOf(serverless('00f1, 00f1'), serverless('00f2'))).counts.clusters).toBe(
      2,
    );
  });
});
