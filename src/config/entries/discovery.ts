import { entry } from '../entry.ts';
import { bool, duration, oneOf, port, text } from '../kinds.ts';

const zookeeperClass = 'org.apache.kyuubi.ha.client.zookeeper.ZookeeperDiscoveryClient';
const zookeeperAuth = oneOf('NONE', 'DIGEST').note(
  'this version has no Kerberos to ZooKeeper: use DIGEST, with torii.ha.zookeeper.ssl.enabled',
);

/** Where gateways and engines find each other. Clients may set none of it. */
export const discoveryEntries = {
  addresses: entry('kyuubi.ha.addresses', text.optional(), {
    doc: 'ZooKeeper servers, e.g. `zk1:2181,zk2:2181/chroot`; one is started inside the gateway where it is empty.',
    setBy: 'server',
    aliases: ['kyuubi.ha.zookeeper.quorum'],
    reachesEngine: true,
  }),
  namespace: entry('kyuubi.ha.namespace', text.default('kyuubi'), {
    doc: 'Root node under which gateways register and from which engine spaces take their name.',
    setBy: 'server',
    aliases: ['kyuubi.ha.zookeeper.namespace'],
    reachesEngine: true,
  }),
  clientClass: entry(
    'kyuubi.ha.client.class',
    oneOf(zookeeperClass).note('this version has no other discovery').default(zookeeperClass),
    {
      doc: 'Kind of discovery, by the name of its class in Kyuubi.',
      setBy: 'server',
      reachesEngine: true,
    },
  ),
  authType: entry('kyuubi.ha.zookeeper.auth.type', zookeeperAuth.default('NONE'), {
    doc: 'How the gateway authenticates to ZooKeeper.',
    setBy: 'server',
    reachesEngine: true,
  }),
  engineAuthType: entry('kyuubi.ha.zookeeper.engine.auth.type', zookeeperAuth.default('NONE'), {
    doc: 'How engines authenticate to ZooKeeper.',
    setBy: 'server',
    reachesEngine: true,
  }),
  digest: entry('kyuubi.ha.zookeeper.auth.digest', text.optional(), {
    doc: '`user:password` for DIGEST: `${file:/path}` names a file that holds it, `${env:NAME}` a variable.',
    setBy: 'server',
    secret: true,
    reachesEngine: true,
  }),
  connectionTimeoutMs: entry('kyuubi.ha.zookeeper.connection.timeout', duration.default('15000'), {
    doc: 'Time to connect to ZooKeeper.',
    setBy: 'server',
    reachesEngine: true,
  }),
  sessionTimeoutMs: entry('kyuubi.ha.zookeeper.session.timeout', duration.default('60000'), {
    doc: 'ZooKeeper forgets a gateway or an engine that has been silent for this long.',
    setBy: 'server',
    reachesEngine: true,
  }),
  nodeCreationTimeoutMs: entry(
    'kyuubi.ha.zookeeper.node.creation.timeout',
    duration.default('PT2M'),
    { doc: 'Time to register in ZooKeeper.', setBy: 'server', reachesEngine: true },
  ),
  publishesConfigs: entry('kyuubi.ha.zookeeper.publish.configs', bool.default('false'), {
    doc: "Publish what Hive's JDBC driver needs to connect as the node's data, not the address alone.",
    setBy: 'server',
    reachesEngine: true,
  }),
} as const;

/** The ZooKeeper inside the gateway, for one machine and for trying out. */
export const embeddedZookeeperEntries = {
  clientPort: entry('kyuubi.zookeeper.embedded.client.port', port.default('2181'), {
    doc: 'Port of the embedded ZooKeeper; 0 takes any free one.',
    setBy: 'server',
  }),
  clientPortAddress: entry(
    'kyuubi.zookeeper.embedded.client.port.address',
    text.default('127.0.0.1'),
    { doc: 'Address that the embedded ZooKeeper listens on.', setBy: 'server' },
  ),
  dataDir: entry('kyuubi.zookeeper.embedded.data.dir', text.default('embedded_zookeeper'), {
    doc: 'Where the embedded ZooKeeper keeps its data; below torii.work.dir unless absolute.',
    setBy: 'server',
  }),
} as const;
