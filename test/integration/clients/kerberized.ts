import { CertificateAuthority } from '../../support/certificates.ts';
import { type RunningGateway, startGateway } from '../../support/gateway.ts';
import { connectHs2 } from '../../support/hs2-client.ts';
import { type Kdc, startKdc } from '../../support/kerberos/kdc.ts';
import { makeTempDir, removeTempDir } from '../../support/temp-dir.ts';
import { newUser, Slapd, suffix, type TestUser } from '../../support/slapd.ts';

/** A whole gateway on one port, with tickets and passwords, and with and without TLS. */
export interface Kerberized {
  readonly kdc: Kdc;
  readonly gateway: RunningGateway;
  readonly authority: CertificateAuthority;
  /** Of alice, in the directory. */
  readonly password: string;
  /** Ticket caches. */
  readonly alice: string;
  /** Of alice/host. */
  readonly aliceOnHost: string;
  /** Of a user whom the gateway does not serve. */
  readonly mallory: string;
  readonly stop: () => Promise<void>;
}

export const sum = 'sum 199990000';

/**
 * With these layers of SASL, and alice's engine at work. The services are `hive/localhost` and `HTTP/localhost`; of
 * `other/localhost`, which is in the realm, too, the gateway has no key.
 */
export async function startKerberized(saslQop: string): Promise<Kerberized> {
  const dir = makeTempDir('kerberized');
  const kdc = await startKdc();
  const user = newUser('alice');
  const slapd = await Slapd.start({ users: [user] });
  const [hive, http] = ['hive/localhost', 'HTTP/localhost'];
  await kdc.addPrincipals(hive, http, 'other/localhost', 'alice', 'alice/host', 'mallory');
  const authority = new CertificateAuthority(dir, 'authority');
  const own = authority.issue();
  const ldap = 'kyuubi.authentication.ldap.';
  const gateway = await startGateway({
    env: { KRB5_CONFIG: kdc.krb5Conf },
    conf: {
      'kyuubi.authentication': 'KERBEROS,LDAP',
      'kyuubi.kinit.principal': `${hive}@${kdc.realm}`,
      'kyuubi.kinit.keytab': await kdc.keytab(hive),
      'kyuubi.spnego.principal': `${http}@${kdc.realm}`,
      'kyuubi.spnego.keytab': await kdc.keytab(http),
      'kyuubi.authentication.sasl.qop': saslQop,
      [`${ldap}url`]: slapd.url,
      [`${ldap}userDNPattern`]: `uid=%s,ou=people,${suffix}`,
      'kyuubi.ha.zookeeper.publish.configs': 'true',
      'kyuubi.server.limit.connections.user.deny.list': 'mallory',
      'kyuubi.frontend.thrift.binary.ssl.enabled': 'true',
      'torii.frontend.thrift.binary.ssl.plain.allowed': 'true',
      'torii.frontend.ssl.certificate.file': own.certificate,
      'torii.frontend.ssl.key.file': own.key,
    },
  });
  await launchEngine(gateway.port, user);
  return {
    kdc,
    gateway,
    authority,
    password: user.password,
    alice: await kdc.kinit('alice'),
    aliceOnHost: await kdc.kinit('alice/host'),
    mallory: await kdc.kinit('mallory'),
    stop: async () => {
      await gateway.stop();
      await slapd.stop();
      await kdc.stop();
      removeTempDir(dir);
    },
  };
}

/** Here rather than in the first test, which would wait for it. */
async function launchEngine(port: number, { uid, password }: TestUser): Promise<void> {
  const client = await connectHs2({ port, user: uid, password, limitMs: 240_000 });
  const session = await client.openSession();
  await session.run('select 1');
  await session.close();
  client.end();
}
