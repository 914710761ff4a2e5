import { entry } from '../entry.ts';
import { bool, interval, text } from '../kinds.ts';

/** TLS from gateways and engines to ZooKeeper. Kyuubi has no keys for it. */
export const zookeeperTlsEntries = {
  isEnabled: entry('torii.ha.zookeeper.ssl.enabled', bool.default('false'), {
    doc: 'Gateway and engines speak TLS with ZooKeeper: kyuubi.ha.addresses has to name its secure client ports.',
    setBy: 'server',
    reachesEngine: true,
  }),
  truststorePath: entry('torii.ha.zookeeper.ssl.truststore.path', text.optional(), {
    doc: 'Who may sign the certificates of ZooKeeper servers: a PEM file of certificates, or a PKCS12 truststore. The servers’ names in kyuubi.ha.addresses have to be those of their certificates.',
    setBy: 'server',
  }),
  truststorePassword: entry('torii.ha.zookeeper.ssl.truststore.password', text.optional(), {
    doc: 'Password of a PKCS12 truststore: `${file:/path}` names a file that holds it, `${env:NAME}` a variable.',
    setBy: 'server',
    secret: true,
  }),
  keystorePath: entry('torii.ha.zookeeper.ssl.keystore.path', text.optional(), {
    doc: 'The certificate that is shown to ZooKeeper servers, where they want one: a PEM file with it and its private key, or a PKCS12 keystore.',
    setBy: 'server',
  }),
  keystorePassword: entry('torii.ha.zookeeper.ssl.keystore.password', text.optional(), {
    doc: 'Password of the keystore: `${file:/path}` names a file that holds it, `${env:NAME}` a variable.',
    setBy: 'server',
    secret: true,
  }),
  reloadMs: entry('torii.ha.zookeeper.ssl.reload.interval', interval.default('PT10S'), {
    doc: 'How often the gateway looks at these files. What has changed counts from the next connection on; engines read theirs at each.',
    setBy: 'server',
  }),
  engineTruststorePath: entry('torii.ha.zookeeper.engine.ssl.truststore.path', text.optional(), {
    doc: "As torii.ha.zookeeper.ssl.truststore.path, for engines, on their hosts; the gateway's unless set.",
    setBy: 'server',
    reachesEngine: true,
  }),
  engineTruststorePassword: entry(
    'torii.ha.zookeeper.engine.ssl.truststore.password',
    text.optional(),
    {
      doc: 'Its password, given as that of the gateway’s.',
      setBy: 'server',
      secret: true,
      reachesEngine: true,
    },
  ),
  engineKeystorePath: entry('torii.ha.zookeeper.engine.ssl.keystore.path', text.optional(), {
    doc: "As torii.ha.zookeeper.ssl.keystore.path, for engines, on their hosts; the gateway's unless set. Whoever runs code in an engine can read it, so let it be another than the gateway's. A key in PEM must not be encrypted here.",
    setBy: 'server',
    reachesEngine: true,
  }),
  engineKeystorePassword: entry(
    'torii.ha.zookeeper.engine.ssl.keystore.password',
    text.optional(),
    {
      doc: 'Its password, given as that of the gateway’s.',
      setBy: 'server',
      secret: true,
      reachesEngine: true,
    },
  ),
} as const;
