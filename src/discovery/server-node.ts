import type { ServerNode } from './discovery.ts';

/** The node's name up to the number that the store appends. */
export function serverNodePrefix({ host, port, version }: ServerNode): string {
  return `serverUri=${host}:${port};version=${version};sequence=`;
}

/** What JDBC drivers read: `host:port`, or the published configs as `k=v;k=v`. */
export function serverNodeData({ host, port, publishedConfigs }: ServerNode): Buffer {
  if (publishedConfigs === undefined) return Buffer.from(`${host}:${port}`);
  return Buffer.from([...publishedConfigs].map(([key, value]) => `${key}=${value}`).join(';'));
}
