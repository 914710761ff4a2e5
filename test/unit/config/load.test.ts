import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { GatewayError } from '../../../src/core/errors.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'torii-config-'));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

const load = (...confArguments: string[]): ReturnType<typeof loadConfig> =>
  loadConfig({ confArguments, environment: {}, currentDir: dir });

function write(name: string, text: string): string {
  const file = join(dir, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test('a rule for acting for others that is misspelt is told, and allows nothing', () => {
  const { warnings, config } = load('hadoop.proxyuser.hue.host=*', 'hadoop.proxyuser.bob.users=*');
  expect(warnings).toEqual([
    'hadoop.proxyuser.hue.host allows nothing: such a key ends with .hosts, .groups or .users',
  ]);
  expect([...config.proxyUsers.keys()]).toEqual(['bob']);
});

test('the audit trail has its file in the working directory, or where it is told to', () => {
  expect(load().config.audit.path).toBe(join(dir, 'work/audit.log'));
  expect(load('torii.audit.file=/var/log/a.log').config.audit.path).toBe('/var/log/a.log');
});

describe('a gateway that is told nothing', () => {
  test('is for this machine only', () => {
    const { config, warnings, file } = load();
    expect(config.frontend.bindHost).toBe('127.0.0.1');
    expect(config.frontend.bindPort).toBe(10_009);
    expect(config.discovery.addresses).toBeUndefined();
    expect(config.embeddedZookeeper).toEqual({
      clientPort: 2181,
      clientPortAddress: '127.0.0.1',
      dataDir: join(dir, 'work/embedded_zookeeper'),
    });
    expect(config.engineSecurity.masterSecretFile).toBe(join(dir, 'work/master.secret'));
    expect({ warnings, file }).toEqual({ warnings: [], file: undefined });
  });

  test('wants a token at its engines', () => {
    expect(load().config.engineSecurity.isTokenRequired).toBe(true);
  });

  test('has sections that nobody can change', () => {
    const { config } = load();
    expect(Object.isFrozen(config) && Object.isFrozen(config.frontend)).toBe(true);
  });
});

describe('the configuration file', () => {
  test('is the one that was named', () => {
    const file = write('here/my.conf', 'kyuubi.frontend.bind.port=1');
    write('conf/kyuubi-defaults.conf', 'kyuubi.frontend.bind.port=2');
    const loaded = loadConfig({ propertiesFile: 'here/my.conf', environment: {}, currentDir: dir });
    expect(loaded.config.frontend.bindPort).toBe(1);
    expect([loaded.file, loaded.confDir]).toEqual([file, join(dir, 'here')]);
  });

  test.each([
    [{ KYUUBI_CONF_DIR: 'etc', KYUUBI_HOME: 'home' }, 1],
    [{ KYUUBI_HOME: 'home' }, 2],
    [{}, 3],
  ])('is looked for by %j', (environment, port) => {
    write('etc/kyuubi-defaults.conf', 'kyuubi.frontend.bind.port=1');
    write('home/conf/kyuubi-defaults.conf', 'kyuubi.frontend.bind.port=2');
    write('conf/kyuubi-defaults.conf', 'kyuubi.frontend.bind.port=3');
    const { config } = loadConfig({ environment, currentDir: dir });
    expect(config.frontend.bindPort).toBe(port);
  });

  test('has to be there when it was named', () => {
    const sources = { propertiesFile: 'none.conf', environment: {}, currentDir: dir };
    expect(() => loadConfig(sources)).toThrow(/cannot read .*none\.conf/);
  });

  test('yields to --conf', () => {
    write('conf/kyuubi-defaults.conf', 'kyuubi.frontend.bind.port=3\nspark.x=1');
    const { config, settings } = load('kyuubi.frontend.bind.port=4', 'spark.y=a=b');
    expect(config.frontend.bindPort).toBe(4);
    expect([settings.get('spark.x'), settings.get('spark.y')]).toEqual(['1', 'a=b']);
  });

  test('yields to --conf in whichever of the two spellings', () => {
    write('conf/kyuubi-defaults.conf', 'kyuubi.session.name=1\nspark.kyuubi.session.name=2');
    expect(load().settings).toEqual(new Map([['kyuubi.session.name', '2']]));
    expect(load('kyuubi.session.name=3').settings.get('kyuubi.session.name')).toBe('3');
  });

  test('holds defaults of users apart', () => {
    write(
      'conf/kyuubi-defaults.conf',
      '___alice___.spark.x=1\n___b_ob___.spark.kyuubi.engine.share.level=GROUP\nspark.x=0',
    );
    const { settings, userDefaults } = load();
    expect(settings).toEqual(new Map([['spark.x', '0']]));
    expect(userDefaults).toEqual(
      new Map([
        ['alice', new Map([['spark.x', '1']])],
        ['b_ob', new Map([['kyuubi.engine.share.level', 'GROUP']])],
      ]),
    );
  });
});

describe('the start is stopped by', () => {
  test.each([
    ['torii.sesion.max=3', 'torii.sesion.max is not a setting; did you mean torii.session.max?'],
    ['torii.whatever.it.is.that.you.want=3', 'torii.whatever.it.is.that.you.want is not a setting'],
    [
      'kyuubi.authentication=OAUTH',
      "kyuubi.authentication = 'OAUTH' is not a list of KERBEROS, LDAP, JDBC, JWT, PASSWORD_FILE, CUSTOM, or else NONE or NOSASL",
    ],
    ['kyuubi.engine.share.level=SERVER_LOCAL', /\(this version has no SERVER_LOCAL\)/],
    ['kyuubi.engine.type=FLINK_SQL', /no other engine/],
    ['kyuubi.session.cluster=emr/1', /is not a name of at most 63 letters/],
    ['torii.session.preset=-bi', /is not a name of at most 63 letters/],
    ['kyuubi.session.group.provider=hadoop', /does not ask Hadoop/],
    ['kyuubi.session.conf.advisor=com.acme.Advisor', /no other/],
    [
      'kyuubi.ha.client.class=org.apache.kyuubi.ha.client.etcd.EtcdDiscoveryClient',
      /no other discovery/,
    ],
    ['kyuubi.ha.zookeeper.auth.type=KERBEROS', /no Kerberos/],
    [
      'kyuubi.frontend.thrift.http.use.SSL=true',
      "kyuubi.frontend.thrift.http.use.SSL = 'true': this version of the gateway has no HTTP door, and so no TLS for it",
    ],
    ['kyuubi.frontend.ssl.keystore.type=JKS', /convert a JKS keystore with keytool/],
    ['kyuubi.frontend.thrift.binary.ssl.disallowed.protocols=TLSv1.4', /TLSv1\.4' is not a list/],
    [
      'kyuubi.frontend.thrift.binary.ssl.disallowed.protocols=TLSv1.2,TLSv1.3',
      /leaves one of the last two/,
    ],
    ['kyuubi.frontend.thrift.binary.ssl.include.ciphersuites=TLS_NO_SUCH', /cipher suites such as/],
    ['torii.frontend.proxy.protocol.trusted=10.0.0.0/33', /IP addresses and blocks/],
    ['torii.frontend.proxy.protocol.trusted=balancer.example', /IP addresses and blocks/],
    ['kyuubi.session.local.dir.allow.list=/data', /does not check local paths/],
    ['kyuubi.frontend.protocols=REST', /has to contain THRIFT_BINARY/],
    ['kyuubi.session.engine.idle.timeout=soon', /kyuubi\.session\.engine\.idle\.timeout = 'soon'/],
    [
      '___alice___.kyuubi.session.idle.timeout=soon',
      /^___alice___\.kyuubi\.session\.idle\.timeout = 'soon'/,
    ],
    ['kyuubi.engine.share.level.subdomain=..', /valid step of a ZooKeeper path/],
    ['torii.session.group.static.map=alice', /alice=analysts/],
    ['kyuubi.engine.security.secret.provider=simple', /simple\.secret is not set/],
    ['justakey', /--conf has to be followed by key=value/],
  ])('%s', (argument, message) => {
    expect(() => load(argument)).toThrow(message);
    expect(() => load(argument)).toThrow(GatewayError);
  });
});

describe('a setting', () => {
  test('of Kyuubi that nobody knows is told of and kept', () => {
    const { warnings, settings } = load('kyuubi.engine.shar.level=USER');
    expect(warnings).toEqual([
      'kyuubi.engine.shar.level is not a known setting; did you mean kyuubi.engine.share.level?',
    ]);
    expect(settings.get('kyuubi.engine.shar.level')).toBe('USER');
  });

  test('of Kyuubi that has no use yet is known', () => {
    const { warnings, unused } = load('kyuubi.metrics.enabled=true', 'kyuubi.engineEnv.FOO=1');
    expect({ warnings, unused }).toEqual({ warnings: [], unused: ['kyuubi.metrics.enabled'] });
  });

  test('for doors that are not there yet is told of', () => {
    expect(load('kyuubi.frontend.protocols=THRIFT_BINARY,rest,trino').warnings).toEqual([
      'kyuubi.frontend.protocols: this version of the gateway has no TRINO; it is left out',
    ]);
  });

  test.each([
    [[], true],
    [['kyuubi.engine.security.enabled=false'], false],
    [['kyuubi.internal.security.enabled=true', 'kyuubi.engine.security.enabled=false'], true],
  ])('%j decides on the token', (settings, isTokenRequired) => {
    expect(load(...settings).config.engineSecurity.isTokenRequired).toBe(isTokenRequired);
  });

  test('names groups', () => {
    const { config } = load('torii.session.group.static.map=alice=analysts|admins,bob=analysts');
    expect(config.session.staticGroups).toEqual(
      new Map([
        ['alice', ['analysts', 'admins']],
        ['bob', ['analysts']],
      ]),
    );
  });

  test('of a pool or a subdomain has the case that ZooKeeper shall have', () => {
    expect(load('kyuubi.engine.share.level.sub.domain=Etl').config.engineShare.subdomain).toBe(
      'etl',
    );
  });

  test('for places comes from Torii, engineEnv or the environment, in this order', () => {
    const environment = { SPARK_HOME: '/env', KYUUBI_WORK_DIR_ROOT: '/work', JAVA_HOME: '/java' };
    const at = (...confArguments: string[]) =>
      loadConfig({ confArguments, environment, currentDir: dir }).config.installation;
    expect(at()).toMatchObject({ sparkHome: '/env', workDir: '/work', javaHome: '/java' });
    const engineEnv = 'kyuubi.engineEnv.SPARK_HOME=/engine';
    expect(at(engineEnv).sparkHome).toBe('/engine');
    expect(at(engineEnv, 'torii.spark.home=rel').sparkHome).toBe(join(dir, 'rel'));
  });
});
