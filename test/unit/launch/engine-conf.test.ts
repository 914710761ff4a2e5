import { describe, expect, it } from 'vitest';
import { GatewayError } from '../../../src/core/errors.ts';
import { engineConf, sparkKey } from '../../../src/launch/engine-conf.ts';
import { newSecret } from '../../support/secrets.ts';

const passed = (settings: Record<string, string>): Record<string, string> =>
  Object.fromEntries(engineConf(new Map(Object.entries(settings))));

describe('what reaches an engine', () => {
  it("takes Spark's own keys as they are and gives all others a prefix", () => {
    expect(
      passed({
        'spark.executor.memory': '2g',
        'hadoop.http.filter': 'a',
        'kyuubi.session.engine.idle.timeout': 'PT1M',
        'foo.bar': '1',
      }),
    ).toEqual({
      'spark.executor.memory': '2g',
      'spark.hadoop.hadoop.http.filter': 'a',
      'spark.kyuubi.session.engine.idle.timeout': 'PT1M',
      'spark.foo.bar': '1',
    });
  });

  it('keeps from it what only the gateway may know', () => {
    expect(
      passed({
        'kyuubi.authentication': 'NONE',
        'kyuubi.authentication.ldap.bindpw': 'x',
        'kyuubi.authentication.jdbc.url': 'jdbc:x',
        'kyuubi.frontend.thrift.binary.bind.port': '10009',
        'kyuubi.frontend.ssl.keystore.password': newSecret(),
        'kyuubi.frontend.rest.bind.port': '10099',
        'kyuubi.metadata.store.jdbc.url': 'jdbc:x',
        'kyuubi.metadata.store.jdbc.datasource.x': '1',
        'kyuubi.server.limit.connections.per.user': '1',
        'kyuubi.server.administrators': 'root',
        'kyuubi.backend.server.event.kafka.servers': 'k:1',
        'kyuubi.engine.flink.memory': '1g',
        'kyuubi.session.engine.data-agent.x': '1',
        'torii.work.dir': '/w',
        'torii.engine.security.secret.file': '/s',
        'torii.engine.jar': '/j',
        '___alice___.spark.x': '1',
      }),
    ).toEqual({});
  });

  it('passes what engines read although it is the frontend’s, and what the server reserves', () => {
    const settings = {
      'kyuubi.frontend.thrift.max.worker.threads': '9',
      'kyuubi.client.ipAddress': '10.0.0.1',
      'kyuubi.session.connection.url': 'gw:10009',
      'kyuubi.ha.addresses': 'zk:2181',
    };
    const spark = Object.entries(settings).map(([key, value]) => [`spark.${key}`, value]);
    expect(passed(settings)).toEqual(Object.fromEntries(spark));
  });

  it("passes the gateway's own engine settings", () => {
    expect(passed({ 'torii.engine.intent.path': '/i', 'torii.engine.bind.host': 'h' })).toEqual({
      'spark.torii.engine.intent.path': '/i',
      'spark.torii.engine.bind.host': 'h',
    });
  });

  it('does not let the longer spelling of a key round the rules', () => {
    expect(
      passed({
        'kyuubi.ha.namespace': '/right',
        'spark.kyuubi.ha.namespace': '/wrong',
        'spark.kyuubi.authentication': 'KERBEROS',
        'spark.torii.work.dir': '/w',
      }),
    ).toEqual({ 'spark.kyuubi.ha.namespace': '/right' });
  });

  it('leaves environment variables to the environment', () => {
    expect(passed({ 'kyuubi.engineEnv.AWS_SECRET_ACCESS_KEY': 'x' })).toEqual({});
  });

  it('trims keys and values, and keeps the order', () => {
    const conf = engineConf(new Map([[' spark.b ', ' 2 '], ['spark.a', '1']])); // prettier-ignore
    expect([...conf]).toEqual([
      ['spark.b', '2'],
      ['spark.a', '1'],
    ]);
  });

  it('asks the operator which other prefixes to keep', () => {
    expect([...engineConf(new Map([['kyuubi.x.y', '1']]), ['kyuubi.x.'])]).toEqual([]);
  });

  it.each([
    ['spark.a\nspark.b', '1'],
    ['spark.a\0', '1'],
    ['spark.a=b', '1'],
    ['', '1'],
    ['spark.a', 'x\0y'],
  ])('refuses a setting that would be read as another: %j', (key, value) => {
    const make = (): unknown => engineConf(new Map([[key, value]]));
    expect(make).toThrow(GatewayError);
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('names keys as spark-submit takes them', () => {
    expect(['spark.x', 'hadoop.x', 'kyuubi.x', 'x'].map(sparkKey)).toEqual([
      'spark.x',
      'spark.hadoop.hadoop.x',
      'spark.kyuubi.x',
      'spark.x',
    ]);
  });
});
