import { ACL, Id, Permission } from 'node-zookeeper-client';
import { GatewayError } from '../../core/errors.ts';

export type ZooKeeperAuth =
  | { readonly type: 'none' }
  /** `user:password`. */
  | { readonly type: 'digest'; readonly digest: string };

/** Who may do what with the nodes that we create: all may read, and only their creator may change them. */
export function aclsOf(auth: ZooKeeperAuth): ACL[] {
  if (auth.type === 'none') return [new ACL(Permission.ALL, new Id('world', 'anyone'))];
  return [
    new ACL(Permission.READ, new Id('world', 'anyone')),
    new ACL(Permission.ALL, new Id('auth', '')),
  ];
}

export function checkAuth(auth: ZooKeeperAuth): void {
  if (auth.type === 'none' || /^[^:]+:.+$/s.test(auth.digest)) return;
  throw new GatewayError(
    'CONFIG_INVALID',
    'kyuubi.ha.zookeeper.auth.digest is not of the form user:password',
  );
}

/** `host:port,host:port`, with a chroot after the last where there is one; the port may be left out. */
export function checkAddresses(addresses: string): void {
  const [hosts = ''] = addresses.split('/');
  const parts = hosts.split(',');
  if (parts.every((part) => /^[^:,\s]+(:\d{1,5})?$/.test(part))) return;
  throw new GatewayError(
    'CONFIG_INVALID',
    `kyuubi.ha.addresses is not a list of host:port: ${addresses}`,
    { hint: 'IPv6 addresses need a host name here.' },
  );
}
