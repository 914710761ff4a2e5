import { expect, test } from 'vitest';
import { servicePrincipal } from '../../../../src/auth/kerberos/service-principal.ts';

const host = (): Promise<string> => Promise.resolve('Gateway.Example.com');

test.each([
  ['hive/_HOST@EXAMPLE.COM', 'hive/gateway.example.com@EXAMPLE.COM'],
  ['hive/other.example.com@EXAMPLE.COM', 'hive/other.example.com@EXAMPLE.COM'],
  ['hive/my_HOST@EXAMPLE.COM', 'hive/my_HOST@EXAMPLE.COM'],
])('%s is %s', async (text, name) => {
  expect(await servicePrincipal(text, 'some.key', host)).toEqual({ name, realm: 'EXAMPLE.COM' });
});

test.each(['hive', 'hive/_HOST', 'hive@EXAMPLE.COM', 'hive/a/b@EXAMPLE.COM', 'a b/c@D', ''])(
  '%j is no service',
  async (text) => {
    await expect(servicePrincipal(text, 'some.key', host)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `some.key is not the principal of a service with its realm: ${text}`,
      hint: expect.stringContaining('hive/_HOST@EXAMPLE.COM'),
    });
  },
);
