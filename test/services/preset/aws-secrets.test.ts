import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { awsStandIn } from '../../../scripts/test-clients.mjs';
import {
  parameterStoreSecrets,
  secretsManagerSecrets,
} from '../../../src/preset/secrets/aws/aws-secrets.ts';
import { freePort } from '../../support/free-port.ts';

const { signal } = new AbortController();
const region = 'eu-west-1';
let standIn: ChildProcess;
let endpoint: string;
let arn: string;

beforeAll(async () => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'testing');
  const [packages, port] = [await awsStandIn(), await freePort()];
  endpoint = `http://127.0.0.1:${port}`;
  standIn = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, PYTHONPATH: packages },
    stdio: 'ignore',
  });
  await vi.waitFor(() => fetch(`${endpoint}/moto-api/`), { timeout: 60_000, interval: 200 });
  const secrets = new SecretsManagerClient({ region, endpoint });
  const create = (Name: string, SecretString: string) =>
    secrets.send(new CreateSecretCommand({ Name, SecretString }));
  await create('prod/plain', 'hush');
  arn = (await create('prod/db', '{"password":"hüsh","user":"hms"}')).ARN ?? '';
  const parameter = { Name: '/prod/token', Value: 'quiet', Type: 'SecureString' } as const;
  await new SSMClient({ region, endpoint }).send(new PutParameterCommand(parameter));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  const ended = once(standIn, 'exit');
  standIn.kill();
  await ended;
});

test('secrets are read by name and by ARN, whole or by a key of their JSON', async () => {
  const secrets = secretsManagerSecrets({ region, endpoint });
  const read = (id: string, jsonKey?: string) =>
    secrets.read({ kind: 'secretsmanager', id, jsonKey }, signal);
  await expect(read('prod/plain')).resolves.toBe('hush');
  await expect(read('prod/db', 'password')).resolves.toBe('hüsh');
});

test('an ARN is asked for in its own region', async () => {
  const secrets = secretsManagerSecrets({ region: 'us-east-1', endpoint });
  await expect(
    secrets.read({ kind: 'secretsmanager', id: arn, jsonKey: 'user' }, signal),
  ).resolves.toBe('hms');
  await expect(
    secrets.read({ kind: 'secretsmanager', id: 'prod/plain', jsonKey: undefined }, signal),
  ).rejects.toThrow(expect.objectContaining({ trouble: 'not-found' }));
});

test('a secret that is not there, or not its key, is told', async () => {
  const secrets = secretsManagerSecrets({ region, endpoint });
  await expect(
    secrets.read({ kind: 'secretsmanager', id: 'prod/none', jsonKey: undefined }, signal),
  ).rejects.toThrow(
    expect.objectContaining({
      trouble: 'not-found',
      message: expect.stringMatching(/^Secrets Manager: ResourceNotFoundException: /),
    }),
  );
  await expect(
    secrets.read({ kind: 'secretsmanager', id: 'prod/db', jsonKey: 'pasword' }, signal),
  ).rejects.toThrow(
    expect.objectContaining({ trouble: 'no-such-key', message: 'it has no key pasword' }),
  );
});

test('parameters are read in the clear', async () => {
  const parameters = parameterStoreSecrets({ region, endpoint });
  await expect(parameters.read({ kind: 'ssm', name: '/prod/token' }, signal)).resolves.toBe(
    'quiet',
  );
  await expect(parameters.read({ kind: 'ssm', name: '/prod/none' }, signal)).rejects.toThrow(
    expect.objectContaining({ trouble: 'not-found' }),
  );
});

test('services that do not answer are told from secrets that are not there', async () => {
  const nobody = 'http://127.0.0.1:1';
  await expect(
    secretsManagerSecrets({ region, endpoint: nobody }).read(
      { kind: 'secretsmanager', id: 'x', jsonKey: undefined },
      signal,
    ),
  ).rejects.toThrow(expect.objectContaining({ trouble: 'unavailable' }));
});
