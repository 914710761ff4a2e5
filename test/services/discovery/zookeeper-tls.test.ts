import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { ZooKeeperDiscovery } from '../../../src/discovery/zookeeper/zookeeper-discovery.ts';
import { type ZooKeeperTls, startZooKeeperTls } from '../../../src/tls/zookeeper-tls.ts';
import { CertificateAuthority, toPem, toPkcs12 } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { runProcess } from '../../support/processes.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { describeDiscovery, never } from '../../unit/discovery/discovery-contract.ts';
import { silentLog, zooKeeperHarness } from '../../support/zookeeper-harness.ts';
import { freePort } from '../../support/free-port.ts';
import { ZooKeeperServer } from '../../support/zookeeper-server.ts';

const password = 'only for tests 2';
const dir = makeTempDir('zookeeper-tls');
const authority = new CertificateAuthority(dir, 'servers');
const stranger = new CertificateAuthority(dir, 'strangers');
const keystore = toPem(authority.issue(), join(dir, 'server.pem'));
const server = { keystore, truststore: authority.file, clientAuth: 'none' } as const;
const trusting = (file: string): Record<string, string> => ({
  'torii.ha.zookeeper.ssl.truststore.path': file,
});
const keys = {
  keystore: 'torii.ha.zookeeper.ssl.keystore.path',
  keystorePassword: 'torii.ha.zookeeper.ssl.keystore.password',
  truststorePassword: 'torii.ha.zookeeper.ssl.truststore.password',
};

const endings: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});
afterAll(() => removeTempDir(dir));

async function tlsOf(conf: Readonly<Record<string, string>>): Promise<ZooKeeperTls> {
  const on = { 'torii.ha.zookeeper.ssl.enabled': 'true', 'kyuubi.ha.addresses': 'localhost:1' };
  const { config } = loadConfig({
    environment: { STORE_PASSWORD: password },
    currentDir: dir,
    confArguments: Object.entries({ ...on, ...conf }).map(([key, value]) => `${key}=${value}`),
  });
  const tls = await startZooKeeperTls(
    config.zookeeperTls,
    { STORE_PASSWORD: password },
    collectedLog().log,
  );
  if (tls === undefined) throw new Error('it is on');
  endings.push(() => tls.stop());
  return tls;
}

interface Started {
  readonly discovery: ZooKeeperDiscovery;
  readonly warnings: Readonly<Record<string, unknown>>[];
}

async function start(
  addresses: string,
  tls: ZooKeeperTls | undefined,
  limitMs = 20_000,
  warnings: Readonly<Record<string, unknown>>[] = [],
): Promise<Started> {
  const discovery = new ZooKeeperDiscovery({
    addresses,
    sessionTimeoutMs: 3_000,
    connectionTimeoutMs: limitMs,
    auth: { type: 'none' },
    tls,
    clock: systemClock,
    log: { ...silentLog, warn: (fields) => warnings.push(fields) },
  });
  endings.push(() => discovery.stop());
  await discovery.start(never);
  return { discovery, warnings };
}

/** How a start fails: what is said of the server, and the hint. */
async function refusal(
  addresses: string,
  tls: ZooKeeperTls | undefined,
  warnings: Readonly<Record<string, unknown>>[] = [],
): Promise<unknown> {
  return await start(addresses, tls, 3_000, warnings).then(
    () => 'connected',
    (thrown: unknown) => thrown,
  );
}

describeDiscovery('ZooKeeper over TLS', async () => {
  const zooKeeper = await ZooKeeperServer.start(server);
  const tls = await tlsOf(trusting(authority.file));
  endings.length = 0; // this one lives as long as the harness
  const harness = await zooKeeperHarness(`localhost:${zooKeeper.port}`, silentLog, tls);
  return {
    ...harness,
    stop: async () => {
      await harness.stop();
      tls.stop();
      await zooKeeper.stop();
    },
  };
});

describe('a ZooKeeper with TLS', () => {
  let zooKeeper: ZooKeeperServer;
  beforeAll(async () => {
    zooKeeper = await ZooKeeperServer.start(server);
    const ready = await start(zooKeeper.addresses, await tlsOf(trusting(authority.file)));
    await ready.discovery.stop();
  });
  afterAll(() => zooKeeper.stop());

  it('is refused where somebody else signed its certificate, and the reason is said once', async () => {
    const tls = await tlsOf(trusting(stranger.file));
    const warnings: Readonly<Record<string, unknown>>[] = [];
    const found = await refusal(zooKeeper.addresses, tls, warnings);
    expect(warnings).toMatchObject([{ server: zooKeeper.addresses }]);
    expect(found).toMatchObject({
      code: 'DISCOVERY_UNAVAILABLE',
      message: `no connection to ZooKeeper within 3000 ms: ${zooKeeper.addresses} has a certificate that nobody signed whom we trust`,
      hint: expect.stringContaining('torii.ha.zookeeper.ssl.truststore.path') as string,
    });
  });

  it('is not reached without TLS, and a plain one not with it', async () => {
    expect(await refusal(zooKeeper.addresses, undefined)).toMatchObject({
      code: 'DISCOVERY_UNAVAILABLE',
    });
    const plain = await ZooKeeperServer.start();
    endings.push(() => plain.stop());
    const { discovery } = await start(plain.addresses, undefined);
    await discovery.stop();
    const found = await refusal(plain.addresses, await tlsOf(trusting(authority.file)));
    expect(found).toMatchObject({
      code: 'DISCOVERY_UNAVAILABLE',
      hint: expect.stringContaining('secureClientPort') as string,
    });
  });

  it('is found behind one that is gone and one that is not to be trusted', async () => {
    const foreign = await ZooKeeperServer.start({
      ...server,
      keystore: toPem(stranger.issue(), join(dir, 'stranger.pem')),
    });
    endings.push(() => foreign.stop());
    const addresses = [`127.0.0.1:${await freePort()}`, foreign.addresses, zooKeeper.addresses];
    const tls = await tlsOf(trusting(authority.file));
    await expect(
      start(foreign.addresses, await tlsOf(trusting(stranger.file))),
    ).resolves.toBeDefined();
    const { discovery, warnings } = await start(addresses.join(','), tls);
    expect(await discovery.engines('/nothing', { fresh: true })).toEqual([]);
    expect(warnings.filter(({ server: said }) => said === foreign.addresses).length).toBeLessThan(
      2,
    );
  });

  it.each(['PEM', 'PKCS12'])('is trusted by a truststore in %s', async (form) => {
    const file = join(dir, `trust.${form}`);
    if (form === 'PEM') copyFileSync(authority.file, file);
    else {
      const made = await runProcess(
        'keytool',
        [
          ...['-importcert', '-noprompt', '-alias', 'ca', '-file', authority.file],
          ...['-keystore', file, '-storetype', 'PKCS12', '-storepass:env', 'STORE_PASSWORD'],
        ],
        { env: { ...process.env, STORE_PASSWORD: password } },
      );
      expect(made).toMatchObject({ code: 0 });
    }
    const tls = await tlsOf({
      ...trusting(file),
      [keys.truststorePassword]: '${env:STORE_PASSWORD}',
    });
    const { discovery } = await start(zooKeeper.addresses, tls);
    expect(await discovery.engines('/nothing', { fresh: true })).toEqual([]);
  });
});

describe.each([
  [
    'for another name',
    authority.issue('/CN=zk9', { names: 'DNS:zk9.example' }),
    'for another name',
  ],
  ['that has expired', authority.issue('/CN=localhost', { isExpired: true }), 'has expired'],
])('a ZooKeeper with a certificate %s', (name, made, problem) => {
  it('is not used, and that is said', async () => {
    const zooKeeper = await ZooKeeperServer.start({
      ...server,
      keystore: toPem(made, join(dir, `${name}.pem`)),
    });
    endings.push(() => zooKeeper.stop());
    const tls = await tlsOf(trusting(authority.file));
    await expect
      .poll(() => refusal(zooKeeper.addresses, tls), { timeout: 30_000 })
      .toMatchObject({
        code: 'DISCOVERY_UNAVAILABLE',
        message: expect.stringContaining(problem) as string,
      });
  });
});

describe('a ZooKeeper that wants certificates of clients', () => {
  let zooKeeper: ZooKeeperServer;
  const own = authority.issue('/CN=gateway');
  const pem = toPem(own, join(dir, 'client.pem'));
  const p12 = toPkcs12(own, join(dir, 'client.p12'), password);

  beforeAll(async () => {
    zooKeeper = await ZooKeeperServer.start({ ...server, clientAuth: 'need' });
  });
  afterAll(() => zooKeeper.stop());

  it.each([
    ['PEM', { [keys.keystore]: pem }],
    ['PKCS12', { [keys.keystore]: p12, [keys.keystorePassword]: '${env:STORE_PASSWORD}' }],
  ])('gets one in %s', async (_, conf) => {
    const { discovery } = await start(
      zooKeeper.addresses,
      await tlsOf({ ...trusting(authority.file), ...conf }),
    );
    expect(await discovery.engines('/nothing', { fresh: true })).toEqual([]);
  });

  it('has nobody without one, and says so', async () => {
    const found = await refusal(zooKeeper.addresses, await tlsOf(trusting(authority.file)));
    expect(found).toMatchObject({
      code: 'DISCOVERY_UNAVAILABLE',
      message: expect.stringContaining('refused our certificate, or wants one') as string,
      hint: expect.stringContaining('torii.ha.zookeeper.ssl.keystore.path') as string,
    });
  });
});

it('a server that comes back with the certificate of another authority is trusted once the file says so', async () => {
  const ownKeystore = toPem(authority.issue(), join(dir, 'changing.pem'));
  const trust = join(dir, 'changing-ca.pem');
  copyFileSync(authority.file, trust);
  const zooKeeper = await ZooKeeperServer.start({ ...server, keystore: ownKeystore });
  endings.push(() => zooKeeper.stop());
  const tls = await tlsOf(trusting(trust));
  const { discovery } = await start(zooKeeper.addresses, tls);
  await zooKeeper.kill();
  zooKeeper.resume();
  expect(await discovery.nextCount('/counter')).toBe(0);

  await zooKeeper.kill();
  toPem(stranger.issue(), ownKeystore);
  copyFileSync(stranger.file, trust);
  zooKeeper.resume();
  await tls.reload();
  expect(await discovery.nextCount('/counter')).toBe(1);
});
