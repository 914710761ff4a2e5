import { describe, expect, it } from 'vitest';
import { CliError } from '../../../src/cli/cli-error.ts';
import { parseConnectionUrl } from '../../../src/cli/connection-url.ts';
import { newSecret } from '../../support/secrets.ts';

const secret = newSecret();

const local = {
  host: 'localhost',
  port: 10009,
  user: undefined,
  httpPath: undefined,
  tls: undefined,
  hasToken: false,
  configuration: {},
};

describe('parseConnectionUrl', () => {
  it('reads every part of a JDBC URL as the JDBC drivers do', () => {
    const url =
      'jdbc:hive2://gw.example:10010/sales;user=zoe;hive.server2.proxy.user=amy?spark.a=1;b=x%3By#v=2';
    expect(parseConnectionUrl(url)).toEqual({
      ...local,
      host: 'gw.example',
      port: 10010,
      user: 'zoe',
      configuration: {
        'use:database': 'sales',
        'hive.server2.proxy.user': 'amy',
        'set:hiveconf:spark.a': '1',
        'set:hiveconf:b': 'x;y',
        'set:hivevar:v': '2',
      },
    });
  });

  it.each([
    ['', local],
    ['jdbc:hive2://localhost:10009/', local],
    ['gw', { ...local, host: 'gw' }],
    ['gw:1', { ...local, host: 'gw', port: 1 }],
    ['[::1]:99', { ...local, host: '::1', port: 99 }],
    ['::1', { ...local, host: '::1' }],
    ['gw/db', { ...local, host: 'gw', configuration: { 'use:database': 'db' } }],
    ['jdbc:hive2:///db', { ...local, configuration: { 'use:database': 'db' } }],
    [
      'jdbc:kyuubi://gw/cat/db;#k=a=b',
      {
        ...local,
        host: 'gw',
        configuration: { 'use:catalog': 'cat', 'use:database': 'db', 'set:hivevar:k': 'a=b' },
      },
    ],
    ['gw;ssl=true', { ...local, host: 'gw', tls: { path: undefined, password: undefined } }],
    [
      'gw;ssl=true;sslTrustStore=/etc/trust.p12;trustStorePassword=changeit',
      { ...local, host: 'gw', tls: { path: '/etc/trust.p12', password: 'changeit' } },
    ],
    ['gw;transportMode=http;httpPath=/a/b', { ...local, host: 'gw', httpPath: 'a/b' }],
    ['gw;transportMode=HTTP', { ...local, host: 'gw', httpPath: 'cliservice' }],
    ['gw;transportMode=binary', { ...local, host: 'gw' }],
    ['gw;auth=jwt', { ...local, host: 'gw', hasToken: true }],
    ['gw?a=100%', { ...local, host: 'gw', configuration: { 'set:hiveconf:a': '100%' } }],
  ])('reads %j', (url, expected) => {
    expect(parseConnectionUrl(url)).toEqual(expected);
  });

  it.each([
    'http://gw:10009',
    'jdbc:mysql://gw',
    'gw:port',
    'gw:0',
    'gw:70000',
    'gw/a/b/c',
    'gw;user',
    'a b:c:d',
    'gw;sslTrustStore=/etc/trust.p12',
    'gw;transportMode=carrier',
    'gw;auth=noSasl',
    'gw;principal=hive/_HOST@R',
    'gw1:1,gw2:2',
    'zk:2181;serviceDiscoveryMode=zooKeeper',
  ])('refuses %j as wrong usage', (url) => {
    expect(() => parseConnectionUrl(url)).toThrow(CliError);
  });

  it.each([
    ['password', `gw;user=a;password=${secret}`],
    ['token', `gw;auth=jwt;jwt=${secret}`],
  ])('refuses a %s in the URL without repeating it', (what, url) => {
    const parse = (): unknown => parseConnectionUrl(url);
    expect(parse).toThrow(`${what} in the URL`);
    expect(parse).not.toThrow(secret);
  });
});
