import { describe, expect, test } from 'vitest';
import { parseDatabaseUrl } from '../../../../src/auth/jdbc/database-url.ts';
import type { DatabaseAddress } from '../../../../src/auth/jdbc/database-url.ts';
import { newSecret } from '../../../support/secrets.ts';

const secret = newSecret();

const plain = {
  kind: 'postgresql',
  host: 'db',
  port: 5432,
  database: 'users',
  user: undefined,
  password: undefined,
  tls: 'prefer',
  ignored: [],
} as const;
const mysql = { ...plain, kind: 'mysql', port: 3306 } as const;

describe('a URL of JDBC', () => {
  test.each<[string, DatabaseAddress]>([
    ['jdbc:postgresql://db/users', plain],
    ['jdbc:postgresql://db:5433/a%20b', { ...plain, port: 5433, database: 'a b' }],
    ['jdbc:postgresql://[::1]/users?sslmode=disable', { ...plain, host: '::1', tls: 'off' }],
    ['jdbc:postgresql://db/users?ssl=true', { ...plain, tls: 'verify-full' }],
    ['jdbc:postgresql://db/users?ssl=true&sslmode=require', { ...plain, tls: 'require' }],
    [
      'jdbc:postgresql://db/users?user=a&password=b%26c&ApplicationName=x',
      { ...plain, user: 'a', password: 'b&c', ignored: ['applicationname'] },
    ],
    ['jdbc:mysql://db/users', mysql],
    [
      'jdbc:mysql://db/users?useSSL=false&serverTimezone=UTC',
      { ...mysql, tls: 'off', ignored: ['servertimezone'] },
    ],
    ['jdbc:mysql://db/users?useSSL=true&requireSSL=true', { ...mysql, tls: 'require' }],
    ['jdbc:mysql://db/users?verifyServerCertificate=true', { ...mysql, tls: 'verify-ca' }],
    ['jdbc:mysql://db/users?sslMode=VERIFY_IDENTITY', { ...mysql, tls: 'verify-full' }],
    ['jdbc:mysql://db:3307/users?sslMode=PREFERRED', { ...mysql, port: 3307 }],
    ['jdbc:mariadb://db/users', { ...mysql, tls: 'off' }],
    ['jdbc:mariadb://db/users?useSsl=true', { ...mysql, tls: 'require' }],
    ['jdbc:mariadb://db/users?sslMode=verify-full', { ...mysql, tls: 'verify-full' }],
  ])('%s', (url, address) => {
    expect(parseDatabaseUrl(url, undefined)).toEqual(address);
  });

  test.each([
    ['jdbc:oracle:thin:@db:1521/users', 'is not of the form'],
    [`postgresql://db/${secret}`, 'is not of the form'],
    ['jdbc:postgresql://db', 'is not of the form'],
    [`jdbc:postgresql:///${secret}`, 'is not of the form'],
    [`jdbc:postgresql://a:${secret}@db/users`, 'is not of the form'],
    [`jdbc:postgresql://one:1,two:2/${secret}`, 'with one host'],
    [`jdbc:postgresql://10.0.0.1/${secret}?sslmode=verify-full`, 'names an address where'],
    [`jdbc:mysql://[::1]/${secret}?sslMode=VERIFY_IDENTITY`, 'names an address where'],
    [`jdbc:postgresql://db/users?sslmode=${secret}`, 'has an sslmode that'],
    [`jdbc:mysql://db/users?sslMode=${secret}`, 'has an sslMode that'],
    [
      `jdbc:mysql://db/users?trustCertificateKeyStorePassword=${secret}`,
      'the parameter trustcertificatekeystorepassword',
    ],
    [`jdbc:postgresql://db/users?sslfactory=${secret}`, 'has the parameter sslfactory'],
  ])('what has no such form is refused without being quoted (%#)', (url, message) => {
    expect(() => parseDatabaseUrl(url, undefined)).toThrow(message);
    expect(() => parseDatabaseUrl(url, undefined)).not.toThrow(secret);
  });

  test.each([
    ['org.postgresql.Driver', 'jdbc:postgresql://db/users', true],
    ['com.mysql.jdbc.Driver', 'jdbc:mysql://db/users', true],
    ['com.mysql.cj.jdbc.Driver', 'jdbc:mysql://db/users', true],
    ['org.mariadb.jdbc.Driver', 'jdbc:mariadb://db/users', true],
    ['com.mysql.cj.jdbc.Driver', 'jdbc:postgresql://db/users', false],
    ['oracle.jdbc.OracleDriver', 'jdbc:mysql://db/users', false],
    ['toString', 'jdbc:mysql://db/users', false],
  ])('with the driver %s: %s', (driver, url, fits) => {
    const parse = (): DatabaseAddress => parseDatabaseUrl(url, driver);
    if (fits) expect(parse().host).toBe('db');
    else expect(parse).toThrow(`jdbc.driver.class = '${driver}' is not a driver`);
  });
});
