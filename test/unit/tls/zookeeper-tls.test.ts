import { execFileSync } from 'node:child_process';
import { truncateSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { GatewayError } from '../../../src/core/errors.ts';
import { engineDiscoveryConf } from '../../../src/discovery/engine-discovery-conf.ts';
import { startZooKeeperTls } from '../../../src/tls/zookeeper-tls.ts';
import { CertificateAuthority, toPem, toPkcs12 } from '../../support/certificates.ts';
import type { MadeCertificate } from '../../support/certificates.ts';
import { collectedLog } from '../../support/collected-log.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';

const password = 'only for tests 3';
const prefix = 'torii.ha.zookeeper.ssl.';
const enginePrefix = 'torii.ha.zookeeper.engine.ssl.';

let dir: string;
let authority: CertificateAuthority;
let own: MadeCertificate;

beforeAll(() => {
  dir = makeTempDir('zookeeper-tls');
  authority = new CertificateAuthority(dir, 'authority');
  own = authority.issue();
});
afterAll(() => removeTempDir(dir));

type Conf = Readonly<Record<string, string>>;

function load(conf: Conf): ReturnType<typeof loadConfig>['config'] {
  const all = { 'kyuubi.ha.addresses': 'zk1:2281', [`${prefix}enabled`]: 'true', ...conf };
  return loadConfig({
    environment: { STORE_PASSWORD: password },
    currentDir: dir,
    confArguments: Object.entries(all).map(([key, value]) => `${key}=${value}`),
  }).config;
}

/** What is shown and trusted, with what the log says. */
async function started(conf: Conf) {
  const { log, lines } = collectedLog();
  const tls = await startZooKeeperTls(load(conf).zookeeperTls, { STORE_PASSWORD: password }, log);
  tls?.stop();
  return { options: tls?.contextOptions, lines };
}

/** What a start is refused with, hint included; never the password. */
async function refusal(conf: Conf): Promise<string> {
  try {
    await started(conf);
  } catch (thrown) {
    if (!(thrown instanceof GatewayError)) throw thrown;
    const text = `${thrown.code}: ${thrown.message} (${thrown.hint})`;
    expect(text).not.toContain(password);
    return text;
  }
  return 'started';
}

describe('TLS to ZooKeeper', () => {
  it('is off unless it is turned on', async () => {
    expect((await started({ [`${prefix}enabled`]: 'false' })).options).toBeUndefined();
  });

  it('wants to be told whom to trust', async () => {
    expect(await refusal({})).toMatch(
      /^CONFIG_INVALID: torii\.ha\.zookeeper\.ssl\.enabled is on, but torii\.ha\.zookeeper\.ssl\.truststore\.path is not set \(It names/,
    );
  });

  it('is not for the ZooKeeper inside the gateway', () => {
    expect(() => load({ 'kyuubi.ha.addresses': '' })).toThrow(
      'torii.ha.zookeeper.ssl.enabled is on, but kyuubi.ha.addresses is not set',
    );
  });

  it('takes certificate and key from one PEM file, in either order, or PKCS12', async () => {
    const trust = { [`${prefix}truststore.path`]: authority.file };
    const pem = toPem(own, join(dir, 'own.pem'));
    const turned = join(dir, 'turned.pem');
    writeFileSync(turned, readFileSync(own.key, 'utf8') + readFileSync(own.certificate, 'utf8'));
    for (const file of [pem, turned]) {
      const { options } = await started({ ...trust, [`${prefix}keystore.path`]: file });
      expect(options).toMatchObject({ cert: readFileSync(file), key: readFileSync(file) });
    }
    const p12 = toPkcs12(own, join(dir, 'own.p12'), password);
    const { options, lines } = await started({
      ...trust,
      [`${prefix}keystore.path`]: p12,
      [`${prefix}keystore.password`]: '${env:STORE_PASSWORD}',
    });
    expect(options).toMatchObject({ pfx: readFileSync(p12), minVersion: 'TLSv1.2' });
    expect(lines.join('\n')).toContain('own.p12');
    expect(lines.join('\n')).not.toContain(password);
    const wrong = { [`${prefix}keystore.path`]: p12, [`${prefix}keystore.password`]: 'wrong' };
    expect(await refusal({ ...trust, ...wrong })).toContain('keystore.path: ');
  });
});

describe('a truststore in PKCS12', () => {
  const key = `${prefix}truststore.path`;
  const passwordKey = `${prefix}truststore.password`;
  const made = (name: string, ...options: readonly string[]): string => {
    const file = join(dir, name);
    execFileSync(
      'openssl',
      [
        ...['pkcs12', '-export', '-nokeys', '-in', authority.file, '-out', file],
        ...['-passout', 'env:STORE_PASSWORD', ...options],
      ],
      { env: { ...process.env, STORE_PASSWORD: password }, stdio: 'pipe' },
    );
    return file;
  };

  it.each([
    ['as OpenSSL makes it', []],
    ['with another cipher and hash', ['-certpbe', 'aes-128-cbc', '-macalg', 'sha1']],
    ['that is not encrypted', ['-certpbe', 'NONE']],
  ])('is read %s', async (name, options) => {
    const file = made(`${name}.p12`, ...options);
    const { options: read } = await started({ [key]: file, [passwordKey]: password });
    expect(read?.ca).toEqual([readFileSync(authority.file, 'utf8')]);
  });

  it('is refused with what is wrong with it, and the setting that names it', async () => {
    const good = made('good.p12');
    const at = (path: string): RegExp =>
      new RegExp(`^CONFIG_INVALID: torii\\.ha\\.zookeeper\\.ssl\\.truststore\\.path: ${path} `);
    expect(await refusal({ [key]: good, [passwordKey]: 'wrong' })).toMatch(at(good));
    expect(await refusal({ [key]: good, [passwordKey]: 'wrong' })).toContain('Check its password');

    const old = made('old.p12', '-certpbe', 'PBE-SHA1-3DES');
    expect(await refusal({ [key]: old, [passwordKey]: password })).toContain('in an old way');

    truncateSync(good, 300);
    expect(await refusal({ [key]: good, [passwordKey]: password })).toContain('it is cut off');

    const javas = join(dir, 'old.jks');
    writeFileSync(javas, Buffer.from('feedfeed00000002', 'hex'));
    expect(await refusal({ [key]: javas })).toContain('of the type JKS');

    const rubbish = join(dir, 'rubbish');
    for (const bytes of ['', '0', '\u0030\u0003abc', '0'.repeat(1000)]) {
      writeFileSync(rubbish, bytes);
      expect(await refusal({ [key]: rubbish })).toMatch(at(rubbish));
    }
  });
});

describe('the log-in to ZooKeeper', () => {
  it.each(['kyuubi.ha.zookeeper.auth.type', 'kyuubi.ha.zookeeper.engine.auth.type'])(
    'by Kerberos is refused at the start (%s)',
    (key) => {
      expect(() => load({ [key]: 'KERBEROS' })).toThrow(
        new RegExp(`${key.replaceAll('.', '\\.')}.*no Kerberos to ZooKeeper: use DIGEST`),
      );
    },
  );

  it('by digest wants one, and follows a reference to it', () => {
    const type = { 'kyuubi.ha.zookeeper.auth.type': 'DIGEST' };
    const key = 'kyuubi.ha.zookeeper.auth.digest';
    expect(() => load(type)).toThrow(`${key} is not set`);
    expect(load({ ...type, [key]: '${env:STORE_PASSWORD}' }).discovery.digest).toBe(password);
    expect(() => load({ ...type, [key]: '${env:NOT_SET}' })).toThrow('NOT_SET');
  });
});

describe('what engines are told of ZooKeeper', () => {
  const told = (conf: Conf): Record<string, string> => {
    const { discovery, zookeeperTls } = load(conf);
    const places = { environment: { STORE_PASSWORD: password }, currentDir: '/gateway' };
    return Object.fromEntries(engineDiscoveryConf(discovery, zookeeperTls, places));
  };
  const stores = {
    [`${prefix}truststore.path`]: 'trust.pem',
    [`${prefix}keystore.path`]: '/own.p12',
    [`${prefix}keystore.password`]: '${env:STORE_PASSWORD}',
  };

  it('is nothing where there is no TLS', () => {
    expect(told({ ...stores, [`${prefix}enabled`]: 'false' })).toEqual({});
  });

  it("are the gateway's own files, by absolute paths, with the passwords themselves", () => {
    expect(told(stores)).toEqual({
      [`${prefix}enabled`]: 'true',
      [`${enginePrefix}truststore.path`]: '/gateway/trust.pem',
      [`${enginePrefix}keystore.path`]: '/own.p12',
      [`${enginePrefix}keystore.password`]: password,
    });
  });

  it('are other files where there are any, and never with the passwords of the first', () => {
    const others = {
      [`${enginePrefix}truststore.path`]: '/etc/zk/ca.pem',
      [`${enginePrefix}keystore.path`]: '/etc/zk/engine.pem',
    };
    expect(told({ ...stores, ...others })).toEqual({ [`${prefix}enabled`]: 'true', ...others });
  });
});
