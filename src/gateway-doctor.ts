import type { Doctor } from './cli/doctor-command.ts';
import type { DoctorOptions } from './cli/doctor-options.ts';
import { GatewayError, messageOf, toGatewayError } from './core/errors.ts';
import { type Finding, failed, ok } from './core/finding.ts';
import { ZooKeeperDiscovery } from './discovery/zookeeper/zookeeper-discovery.ts';
import { type DoctorParts, kindChecks } from './gateway-doctor-kinds.ts';
import { probeLaunch } from './gateway-probe.ts';
import { type CheckFacts, type ClusterCheck, runChecks } from './launch/cluster-check.ts';
import { sourceAddress } from './launch/source-address.ts';
import {
  resolveServers,
  serverFindings,
  type ZooKeeperServer,
} from './launch/zookeeper-servers.ts';
import { type ClusterDescription, describeCluster } from './preset/cluster-description.ts';
import { startZooKeeperTls } from './tls/zookeeper-tls.ts';

/** How long ZooKeeper has to answer. */
const zooKeeperLimitMs = 15_000;

/** Rejects with INVALID_ARGUMENT for a cluster that is not configured. */
export async function openDoctor(options: DoctorOptions, parts: DoctorParts): Promise<Doctor> {
  const { path } = parts.loaded.config.clusters;
  if (path === undefined) {
    throw new GatewayError('INVALID_ARGUMENT', 'no clusters are configured', {
      hint: 'Set torii.clusters.path, by --conf or --properties-file as for torii serve.',
    });
  }
  const cluster = await describeCluster(path, options.cluster);
  return {
    kind: cluster.spec.kind,
    check: (signal) => check(cluster, parts, signal),
    launch: (tell, signal) =>
      probeLaunch(
        { ...parts, cluster: cluster.spec, user: options.user, preset: options.preset },
        tell,
        signal,
      ),
  };
}

async function* check(
  { spec, executionRoles }: ClusterDescription,
  parts: DoctorParts,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  const { config } = parts.loaded;
  const connection = spec.zookeeper ?? config.discovery.addresses;
  const servers = connection === undefined ? undefined : await resolveServers(connection);
  const facts: CheckFacts = {
    zookeeper: servers,
    enginePorts: config.engineLaunch.portRange,
    executionRoles,
    sourceAddress,
  };
  const checks = [
    ...zooKeeperChecks(connection, servers, spec.kind === 'local', parts),
    ...(await kindChecks(spec, facts, parts)),
  ];
  yield* runChecks(checks, signal);
}

/** `isHere`: engines are processes of this host, whose loopback is theirs. */
function zooKeeperChecks(
  connection: string | undefined,
  servers: readonly ZooKeeperServer[] | undefined,
  isHere: boolean,
  parts: DoctorParts,
): readonly ClusterCheck[] {
  const what = 'ZooKeeper';
  if (connection === undefined || servers === undefined) {
    const own = 'gateway and engines find each other by the ZooKeeper inside the gateway';
    const finding = isHere
      ? ok(what, own)
      : failed(
          what,
          `${own}, which is reached from its own host alone`,
          'Set kyuubi.ha.addresses, or `zookeeper` of the cluster.',
        );
    return [{ what, run: () => Promise.resolve([finding]) }];
  }
  return [
    {
      what,
      run: () => {
        const findings = serverFindings(servers);
        return Promise.resolve(
          isHere ? findings.filter(({ seen }) => seen.startsWith('its name has no')) : findings,
        );
      },
    },
    { what, run: async (signal) => [await answer(connection, parts, signal)] },
  ];
}

/** Opens a session of ZooKeeper as a gateway does, and ends it. */
async function answer(
  connection: string,
  { loaded, environment, clock, log }: DoctorParts,
  signal: AbortSignal,
): Promise<Finding> {
  const what = `ZooKeeper ${connection}`;
  const { discovery: settings, zookeeperTls } = loaded.config;
  const tls = await startZooKeeperTls(zookeeperTls, environment, log);
  const discovery = new ZooKeeperDiscovery({
    addresses: connection,
    sessionTimeoutMs: settings.sessionTimeoutMs,
    connectionTimeoutMs: Math.min(settings.connectionTimeoutMs, zooKeeperLimitMs),
    auth:
      settings.authType === 'DIGEST' && settings.digest !== undefined
        ? { type: 'digest', digest: settings.digest }
        : { type: 'none' },
    tls,
    clock,
    log,
  });
  try {
    const startedMs = clock.monotonicMs();
    await discovery.start(AbortSignal.any([signal, AbortSignal.timeout(zooKeeperLimitMs)]));
    const tookMs = Math.round(clock.monotonicMs() - startedMs);
    const seen = `it answers the gateway in ${tookMs} ms`;
    return ok(what, zookeeperTls.isEnabled ? `${seen}, by TLS` : seen);
  } catch (thrown) {
    signal.throwIfAborted();
    return failed(
      what,
      `it does not answer the gateway: ${messageOf(toGatewayError(thrown))}`,
      'Check address and port, and that a firewall or security group lets the gateway through.',
    );
  } finally {
    await discovery.stop().catch(() => undefined); // it may never have begun
    tls?.stop();
  }
}
