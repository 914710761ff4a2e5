import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kdc } from './kdc.ts';

/** What a Java program is started with, so that it has somebody's Kerberos tickets. */
export interface JavaLogin {
  readonly options: readonly string[];
  readonly classPath: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Of programs that know no Kerberos. */
export const noTickets: JavaLogin = { options: [], classPath: [], environment: {} };

/**
 * As on a host of a Hadoop site: a `core-site.xml` that turns Kerberos on, and the tickets of `kinit` in the cache that the
 * environment names.
 */
export function javaLogin(kdc: Kdc, cache: string): JavaLogin {
  const site = join(kdc.dir, 'hadoop');
  mkdirSync(site, { recursive: true });
  writeFileSync(join(site, 'core-site.xml'), coreSite);
  return {
    options: [`-Djava.security.krb5.conf=${kdc.krb5Conf}`],
    classPath: [site],
    environment: { KRB5CCNAME: cache, KRB5_CONFIG: kdc.krb5Conf },
  };
}

const coreSite = `<configuration>
  <property><name>hadoop.security.authentication</name><value>kerberos</value></property>
</configuration>
`;
