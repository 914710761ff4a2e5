import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Finding, failed, ok, warning } from '../core/finding.ts';
import { isLoopback, isPrivate } from './address-kind.ts';

/** One server of a connection string, and the addresses that its name has here; none where the name leads nowhere. */
export interface ZooKeeperServer {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly string[];
}

const defaultPort = 2181;

/** The servers of `host:port,host:port/chroot`, without their addresses. */
export function serversOf(connection: string): readonly Omit<ZooKeeperServer, 'addresses'>[] {
  const list = connection.replace(/\/.*$/, '');
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, host = part, port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(part) ?? [];
      return { host, port: port === undefined ? defaultPort : Number(port) };
    });
}

export type Resolve = (host: string) => Promise<readonly string[]>;

export async function resolveServers(
  connection: string,
  resolve: Resolve = resolveHere,
): Promise<readonly ZooKeeperServer[]> {
  return Promise.all(
    serversOf(connection).map(async (server) => ({
      ...server,
      addresses: isIP(server.host) > 0 ? [server.host] : await resolve(server.host).catch(() => []),
    })),
  );
}

async function resolveHere(host: string): Promise<readonly string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Whether engines on other hosts can know the servers by these addresses. */
export function serverFindings(servers: readonly ZooKeeperServer[]): readonly Finding[] {
  return servers.map(({ host, port, addresses }) => {
    const check = `ZooKeeper ${host}:${port}`;
    if (addresses.length === 0) {
      return failed(
        check,
        'its name has no address here',
        'Check the name, and that the resolver of this host and of the engines know it.',
      );
    }
    const seen = `its address is ${addresses.join(', ')}`;
    if (addresses.every(isLoopback)) {
      return failed(
        check,
        `${seen}, and that leads every host to itself`,
        "Name an address that the engines' hosts reach: `zookeeper` of the cluster, or kyuubi.ha.addresses.",
      );
    }
    if (!addresses.some(isPrivate)) {
      return warning(
        check,
        `${seen}, which is a public one`,
        'Engines in private subnets need a NAT to get there; an internal address is safer.',
      );
    }
    return ok(check, seen);
  });
}
