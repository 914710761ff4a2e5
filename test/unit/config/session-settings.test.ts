import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSection } from '../../../src/config/entry.ts';
import { engineShareEntries } from '../../../src/config/entries/engine-share.ts';
import { loadConfig } from '../../../src/config/load.ts';
import {
  mergeSessionSettings,
  profilesOf,
  readClientSettings,
  sessionDefaultsOf,
  type SessionSettings,
} from '../../../src/config/session-settings.ts';
import { GatewayError } from '../../../src/core/errors.ts';

const defaultsOf = (...confArguments: string[]) =>
  sessionDefaultsOf(loadConfig({ confArguments, environment: {}, currentDir: '/nowhere' }));

function open(
  sent: Record<string, string>,
  { server = [], advisor = {}, user = 'alice' }: Options = {},
): SessionSettings {
  const defaults = defaultsOf(...server);
  const client = readClientSettings(new Map(Object.entries(sent)), defaults.rules);
  return mergeSessionSettings(client, user, new Map(Object.entries(advisor)), defaults);
}

interface Options {
  readonly server?: readonly string[];
  readonly advisor?: Record<string, string>;
  readonly user?: string;
}

describe("a client's key", () => {
  test.each([
    ['set:hiveconf:spark.x', 'spark.x'],
    ['set:hivevar:x', 'x'],
    ['set:system:x', 'x'],
    ['set:metaconf:x', 'x'],
    ['set:spark.x', 'spark.x'],
    ['spark.x', 'spark.x'],
    ['hiveconf:x', 'hiveconf:x'],
    ['spark.kyuubi.engine.share.level', 'kyuubi.engine.share.level'],
    ['kyuubi.client.ipAddress', 'kyuubi.client.ipAddress'],
    ['kyuubi.session.name', 'kyuubi.session.name'],
    ['kyuubi.nobody.knows', 'kyuubi.nobody.knows'],
    ['X-Forwarded-For', 'X-Forwarded-For'],
  ])('%s counts as %s', (sent, key) => {
    const { engineSessionConf, dropped } = open({ [sent]: 'v' });
    expect({ conf: [...engineSessionConf], dropped }).toEqual({ conf: [[key, 'v']], dropped: [] });
  });

  test.each([
    'kyuubi.authentication',
    'set:hiveconf:kyuubi.authentication',
    'kyuubi.ha.namespace',
    'spark.kyuubi.ha.namespace',
    'set:hiveconf:spark.kyuubi.ha.addresses',
    'spark.torii.engine.key',
    'spark.torii.engine.secrets.manager',
    'torii.engine.secrets.manager.endpoint',
    'set:hiveconf:spark.torii.engine.secrets.file',
    'torii.session.max',
    'kyuubi.engine.doAs.enabled',
    'kyuubi.session.user',
    'kyuubi.session.real.user',
    'kyuubi.session.handle',
    'kyuubi.engine.credentials',
    'kyuubi.session.user.sign.enabled',
    'kyuubi.frontend.thrift.binary.bind.port',
    'kyuubi.internal.security.enabled',
    'spark.kyuubi.ha.namespace=/other/space',
    'foo bar',
    'foo\n',
    'use:something',
    '',
  ])('%j is dropped without a word', (sent) => {
    const { engineSessionConf, launchConf, settings, dropped } = open({ [sent]: 'v' });
    const got = sent === 'foo\n' ? 'foo' : undefined; // blanks around a key are trimmed, as Kyuubi does
    expect([...engineSessionConf.keys()]).toEqual(got === undefined ? [] : [got]);
    expect([...launchConf.keys()]).toEqual([...engineSessionConf.keys()]);
    expect([...settings.keys()]).toEqual([...engineSessionConf.keys()]);
    expect(dropped).toEqual(got === undefined ? [sent] : []);
  });

  test.each([
    ['set:env:PATH', []],
    ['spark.x', ['kyuubi.session.conf.restrict.list=spark.x']],
    ['set:hiveconf:spark.x', ['kyuubi.session.conf.restrict.list=a, spark.x']],
    ['spark.jars', ['kyuubi.session.conf.restrict.list=spark.*']],
    ['spark.kyuubi.engineEnv.X', ['kyuubi.session.conf.restrict.list=kyuubi.engineEnv.*']],
    ['kyuubi.engineEnv.X', ['kyuubi.session.conf.restrict.list=kyuubi.engineEnv.*']],
    ['hive.server2.proxy.user', ['kyuubi.session.conf.restrict.list=hive.server2.proxy.user']],
  ])('%s makes the session fail where %j says so', (sent, server) => {
    expect(() => open({ [sent]: 'v' }, { server })).toThrow(
      expect.objectContaining({ code: 'CONFIG_RESTRICTED' }),
    );
  });

  test('is dropped when it is to be ignored', () => {
    const server = ['kyuubi.session.conf.ignore.list=spark.jars,foo.*'];
    const { engineSessionConf, dropped } = open(
      { 'spark.jars': 'x', 'set:foo.bar': 'y', 'spark.jars.packages': 'z' },
      { server },
    );
    expect([...engineSessionConf.keys()]).toEqual(['spark.jars.packages']);
    expect(dropped).toEqual(['spark.jars', 'set:foo.bar']);
  });

  test('never fails for what it is, and never brings in what only the gateway may say', () => {
    const piece = fc.constantFrom(
      'set:',
      'hiveconf:',
      'spark.',
      'kyuubi.',
      'ha.',
      'torii.',
      ' ',
      '=',
      'use:',
      'x',
    );
    const key = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.array(key), (keys) => {
        const { launchConf, engineSessionConf } = open(
          Object.fromEntries(keys.map((one) => [one, 'v'])),
        );
        for (const got of [...launchConf.keys(), ...engineSessionConf.keys()]) {
          expect(got).not.toMatch(/^(spark\.)?(kyuubi\.ha\.|torii\.)|[=\s]/);
        }
      }),
    );
  });
});

describe('the settings of a session', () => {
  test('name cluster and preset, of which the engine hears the cluster alone', () => {
    const sent = { 'kyuubi.session.cluster': 'analytics', 'torii.session.preset': 'bi' };
    const { settings, launchConf, dropped } = open(sent);
    expect(Object.fromEntries(settings)).toEqual(sent);
    expect([...launchConf.keys()]).toEqual(['kyuubi.session.cluster']);
    expect(dropped).toEqual([]);
  });

  test("tell the session's own from the gateway's", () => {
    const { ownKeys } = open(
      { 'spark.sent': '1', 'kyuubi.authentication': 'NONE' },
      {
        server: ['spark.gateway=1', '___alice___.spark.alice=1', '___bob___.spark.bob=1'],
        advisor: { 'spark.advised': '1' },
      },
    );
    expect([...ownKeys]).toEqual(['spark.alice', 'spark.sent', 'spark.advised']);
  });

  test("tell the client's own from what operators say for a user or in a profile", () => {
    const { clientKeys } = open(
      { 'spark.sent': '1', 'spark.alice': '2', 'spark.advised': '2' },
      { server: ['___alice___.spark.alice=1'], advisor: { 'spark.advised': '1' } },
    );
    expect([...clientKeys]).toEqual(['spark.sent', 'spark.alice']);
  });

  test('come from the server, the user, the client and the advisor, the last one winning', () => {
    const server = [
      'spark.a=server',
      'spark.b=server',
      'spark.c=server',
      'spark.d=server',
      '___alice___.spark.b=user',
      '___alice___.spark.c=user',
      '___alice___.spark.d=user',
      '___bob___.spark.a=bob',
    ];
    const opened = open(
      { 'spark.c': 'client', 'spark.d': 'client' },
      { server, advisor: { 'spark.d': 'advisor' } },
    );
    const all = {
      'spark.a': 'server',
      'spark.b': 'user',
      'spark.c': 'client',
      'spark.d': 'advisor',
    };
    expect(Object.fromEntries(opened.settings)).toEqual(all);
    expect(Object.fromEntries(opened.launchConf)).toEqual(all);
    expect(Object.fromEntries(opened.engineSessionConf)).toEqual({
      'spark.c': 'client',
      'spark.d': 'advisor',
    });
  });

  test("launch an engine without the server's own and without what is one session's", () => {
    const server = [
      'kyuubi.frontend.bind.port=1',
      'kyuubi.ha.addresses=zk:2181',
      'kyuubi.authentication.ldap.bindpw=x',
      'torii.work.dir=/w',
      'torii.engine.port.range=1-2',
      'foo.bar=1',
    ];
    const { launchConf } = open(
      { 'kyuubi.client.version': '1', 'kyuubi.session.name': 'n', 'use:database': 'd' },
      { server },
    );
    expect(Object.fromEntries(launchConf)).toEqual({
      'kyuubi.ha.addresses': 'zk:2181',
      'torii.engine.port.range': '1-2',
      'foo.bar': '1',
    });
  });

  test('keep database, catalog, proxy user and fetch size apart', () => {
    const fetchSize = 'hive.server2.thrift.resultset.default.fetch.size';
    const opened = open({
      'use:database': 'sales',
      'use:catalog': 'lake',
      'hive.server2.proxy.user': 'bob',
      [`set:hiveconf:${fetchSize}`]: '5000',
    });
    expect(opened).toMatchObject({
      database: 'sales',
      catalog: 'lake',
      proxyUser: 'bob',
      fetchRows: 5000,
    });
    expect([...opened.engineSessionConf.keys()]).toEqual([fetchSize]);
    expect([...opened.launchConf.keys()]).toEqual([]);
  });

  test("prefer Kyuubi's key for the proxy user, and take neither from anyone but the client", () => {
    const both = { 'kyuubi.session.proxy.user': 'a', 'hive.server2.proxy.user': 'b' };
    expect(open(both).proxyUser).toBe('a');
    const told = open({}, { server: ['kyuubi.session.proxy.user=root'] });
    expect([told.proxyUser, told.launchConf.size]).toEqual([undefined, 0]);
  });

  test.each(['', '0', '-1', 'many'])('have no fetch size where the client says %j', (rows) => {
    const key = 'set:hiveconf:hive.server2.thrift.resultset.default.fetch.size';
    expect(open({ [key]: rows }).fetchRows).toBeUndefined();
  });

  test('are read by the entries', () => {
    const { settings } = open({ 'set:hiveconf:kyuubi.engine.share.level': 'group' });
    expect(readSection(engineShareEntries, settings).shareLevel).toBe('GROUP');
  });

  test.each([
    [['kyuubi.session.conf.advisor=file'], ['a', 'b']],
    [[], []],
  ])('name profiles only where there is an advisor: %j', (advisor, profiles) => {
    const defaults = defaultsOf('kyuubi.session.conf.profile=a, b', ...advisor);
    const client = readClientSettings(new Map(), defaults.rules);
    expect(profilesOf(client, 'alice', defaults)).toEqual(profiles);
  });

  test('are limited in number and size', () => {
    const few = ['torii.session.conf.max.entries=2', 'torii.session.conf.max.bytes=10'];
    expect(() => open({ a: '1', b: '2', c: '3' }, { server: few })).toThrow(/2 settings, and 3/);
    expect(() => open({ a: 'x'.repeat(10) }, { server: few })).toThrow(/10 bytes, and 11/);
    expect(() => open({ a: 'x'.repeat(10) }, { server: few })).toThrow(GatewayError);
  });
});
