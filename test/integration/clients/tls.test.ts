import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CertificateAuthority, toTrustStore } from '../../support/certificates.ts';
import {
  type JdbcDriver,
  runBeeline,
  runConnect,
  runPython,
} from '../../support/client-programs.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { stopAllProcesses } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newSecret } from '../../support/secrets.ts';

const storePassword = newSecret();

const sum = 'sum 199990000';

let dir: string;
let authority: CertificateAuthority;
let stranger: CertificateAuthority;
let gateway: RunningGateway;

beforeAll(async () => {
  dir = makeTempDir('tls-clients');
  authority = new CertificateAuthority(dir, 'authority');
  stranger = new CertificateAuthority(dir, 'stranger');
  const own = authority.issue();
  gateway = await startGateway({
    conf: {
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
      'torii.frontend.ssl.client.auth': 'WANT',
      'torii.frontend.ssl.client.ca.file': authority.file,
      'torii.frontend.ssl.client.user': 'CN',
      'kyuubi.ha.zookeeper.publish.configs': 'true',
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await stopAllProcesses();
  removeTempDir(dir);
});

describe('clients over TLS are let in, and refused without it', () => {
  let trusted: string;
  let untrusted: string;

  beforeAll(() => {
    trusted = toTrustStore(authority, storePassword);
    untrusted = toTrustStore(stranger, storePassword);
  });

  const options = (store: string): string =>
    `sslTrustStore=${store};trustStorePassword=${storePassword}`;

  it.each<[driver: JdbcDriver, readsZooKeeper: boolean]>([
    ['hive-2.3', true],
    ['hive-4.0.1', true],
    ['kyuubi-1.7.1', false],
  ])('JDBC by %s', async (driver, readsZooKeeper) => {
    const base = `jdbc:hive2://localhost:${gateway.port}/default`;
    const discovery = `serviceDiscoveryMode=zooKeeper;zooKeeperNamespace=kyuubi`;
    const seen = await runConnect(driver, [
      `${base};ssl=true;${options(trusted)}`,
      base,
      `${base};ssl=true;${options(untrusted)}`,
      ...(readsZooKeeper
        ? [`jdbc:hive2://${gateway.ready.zookeeper}/default;${discovery};${options(trusted)}`]
        : []),
    ]);
    expect(seen['0']).toBe(sum);
    expect(seen['1']).toMatch(/^refused: .*this endpoint requires TLS/s);
    expect(seen['2']).toMatch(/^refused: .*unable to find valid certification path/s);
    // The node in ZooKeeper says that the port speaks TLS.
    expect(seen['3']).toBe(readsZooKeeper ? sum : undefined);
  });

  it('beeline', async () => {
    const run = (...words: readonly string[]): ReturnType<typeof runBeeline> =>
      runBeeline([
        '--silent=true',
        '--outputformat=csv2',
        '-n',
        'alice',
        ...words,
        '-e',
        'select 7',
      ]);
    const base = `jdbc:hive2://localhost:${gateway.port}/default`;
    const accepted = await run('-u', `${base};ssl=true;${options(trusted)}`);
    expect([accepted.stdout, accepted.code]).toEqual(['7\n7\n', 0]);
    const refused = await run('-u', base);
    expect(refused.stderr).toContain('this endpoint requires TLS');
    expect(refused.code).not.toBe(0);
  });

  it('PyHive and impyla', async () => {
    const seen = await runPython('tls_client.py', [
      JSON.stringify({
        port: gateway.port,
        ca: authority.file,
        otherCa: stranger.file,
        alice: authority.issue('/O=Torii/CN=alice'),
        stranger: stranger.issue('/CN=alice'),
      }),
    ]);
    expect(seen).toEqual({
      pyhive: [[199_990_000]],
      pyhiveTrustingAnother: expect.stringContaining('refused: '), // the library's own words are of something else
      pyhiveWithoutTls: expect.stringContaining('this endpoint requires TLS'),
      certificate: 'alice',
      certificateOfStranger: expect.stringMatching(/^refused: .*certificate is not accepted/),
      impyla: [[1]],
      impylaWithoutTls: expect.stringContaining('this endpoint requires TLS'),
    });
  });
});

it('neither key nor password stands in the gateway’s log', () => {
  expect(gateway.process.stderr).toContain('TLS certificate in use');
  expect(gateway.process.stderr).toContain('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'); // of a client that trusts another
  expect(gateway.process.stderr).not.toContain('PRIVATE KEY');
  expect(gateway.process.stderr).not.toContain(storePassword);
});
