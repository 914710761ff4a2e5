import { describe, expect, it } from 'vitest';
import { publishedConfigs } from '../../../src/discovery/published-configs.ts';

const prefix = 'hive.server2.';
const tls = { isEnabled: false };

describe('what drivers read of a gateway in ZooKeeper', () => {
  it('is the ticket they need, where nothing else is taken', () => {
    const config = {
      authentication: { methods: ['KERBEROS'], saslQop: ['auth-conf'] },
      kerberos: { principal: 'hive/_HOST@EXAMPLE.COM' },
      frontendTls: tls,
    } as const;
    expect(Object.fromEntries(publishedConfigs(config, 'here', '10009'))).toEqual({
      [`${prefix}thrift.bind.host`]: 'here',
      [`${prefix}transport.mode`]: 'binary',
      [`${prefix}thrift.port`]: '10009',
      [`${prefix}thrift.sasl.qop`]: 'auth-conf',
      [`${prefix}authentication`]: 'KERBEROS',
      [`${prefix}authentication.kerberos.principal`]: 'hive/_HOST@EXAMPLE.COM',
      [`${prefix}use.SSL`]: 'false',
    });
  });

  it('leaves the ticket to the URL where passwords are taken, too, and several layers to the driver', () => {
    const config = {
      authentication: { methods: ['KERBEROS', 'LDAP'], saslQop: ['auth', 'auth-conf'] },
      kerberos: { principal: 'hive/_HOST@EXAMPLE.COM' },
      frontendTls: tls,
    } as const;
    const told = publishedConfigs(config, 'here', '10009');
    expect([...told.keys()]).not.toContain(`${prefix}authentication.kerberos.principal`);
    expect([...told.keys()]).not.toContain(`${prefix}thrift.sasl.qop`);
    expect(told.get(`${prefix}authentication`)).toBe('KERBEROS,LDAP');
  });
});
