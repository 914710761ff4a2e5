import { expect, it } from 'vitest';
import {
  resolveServers,
  serverFindings,
  serversOf,
} from '../../../src/launch/zookeeper-servers.ts';

it('reads a connection string', () => {
  expect(serversOf('zk1:2182, zk2,[fd00::1]:2183/chroot/below')).toEqual([
    { host: 'zk1', port: 2182 },
    { host: 'zk2', port: 2181 },
    { host: 'fd00::1', port: 2183 },
  ]);
});

it.each([
  ['127.0.0.1:2181', 'failed', 'every host to itself'],
  ['0.0.0.0:2181', 'failed', 'every host to itself'],
  ['nowhere:2181', 'failed', 'no address'],
  ['10.1.2.3:2181', 'ok', '10.1.2.3'],
  ['100.64.1.2:2181', 'ok', '100.64.1.2'],
  ['inside:2181', 'ok', '192.168.7.7'],
  ['8.8.8.8:2181', 'warning', 'public'],
])('%s is %s for engines on other hosts', async (connection, verdict, seen) => {
  const resolve = (host: string): Promise<readonly string[]> =>
    host === 'inside' ? Promise.resolve(['192.168.7.7']) : Promise.reject(new Error('ENOTFOUND'));
  const findings = serverFindings(await resolveServers(connection, resolve));
  expect(findings).toMatchObject([{ verdict, seen: expect.stringContaining(seen) }]);
});
