import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubernetesSecrets } from '../../../../../src/preset/secrets/kubernetes/kubernetes-secrets.ts';
import { makeTempDir, removeTempDir } from '../../../../support/temp-dir.ts';

const { signal } = new AbortController();
const answers: Record<string, [number, unknown]> = {
  '/api/v1/namespaces/emr/secrets/db': [
    200,
    {
      kind: 'Secret',
      apiVersion: 'v1',
      metadata: { name: 'db' },
      data: { password: Buffer.from('hüsh').toString('base64') },
    },
  ],
  '/api/v1/namespaces/emr/secrets/closed': [
    403,
    { kind: 'Status', reason: 'Forbidden', code: 403 },
  ],
  '/api/v1/namespaces/emr/secrets/sick': [500, { kind: 'Status', code: 500 }],
};
let folder: string;
let server: Server;
let kubeconfig: string;
const asked: (string | undefined)[] = [];

beforeAll(async () => {
  folder = makeTempDir('kubeconfig');
  server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    const [status, body] = answers[request.url ?? ''] ?? [404, { kind: 'Status', code: 404 }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  kubeconfig = join(folder, 'config');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
      clusters: [
        {
          name: 'k',
          cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true },
        },
      ],
      users: [{ name: 'u', user: { token: 'gateway' } }],
    }),
  );
});

afterAll(() => {
  server.close();
  removeTempDir(folder);
});

const read = (secret: string, key: string) =>
  kubernetesSecrets(kubeconfig).read({ kind: 'kubernetes', namespace: 'emr', secret, key }, signal);

test('a key of a secret is read, as who the gateway is', async () => {
  await expect(read('db', 'password')).resolves.toBe('hüsh');
  expect(asked.at(-1)).toBe('Bearer gateway');
});

test.each([
  ['missing', 'password', 'not-found', 'Kubernetes answered 404 for the secret emr/missing'],
  ['closed', 'password', 'denied', 'Kubernetes answered 403 for the secret emr/closed'],
  ['sick', 'password', 'unavailable', 'Kubernetes answered 500 for the secret emr/sick'],
  ['db', 'user', 'no-such-key', 'the secret emr/db has no key user'],
])('%s/%s can not be had: %s', async (secret, key, trouble, message) => {
  await expect(read(secret, key)).rejects.toThrow(expect.objectContaining({ trouble, message }));
});
