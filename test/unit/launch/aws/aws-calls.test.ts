import { EMRServerlessClient, GetApplicationCommand } from '@aws-sdk/client-emr-serverless';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { AwsCalls, clientSettings } from '../../../../src/launch/aws/aws-calls.ts';
import { newSecret } from '../../../support/secrets.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** The settings of every client, with limits of a tenth of a second, for a server that answers so. */
async function settings(answer: RequestListener) {
  const made = createServer(answer);
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const { port } = made.address() as AddressInfo; // it listens at a port
  const told = clientSettings({ region: 'eu-west-1', endpoint: `http://127.0.0.1:${port}` });
  const requestHandler = Object.fromEntries(
    Object.entries(told.requestHandler).map(([key, value]) => [
      key,
      typeof value === 'number' ? 100 : value,
    ]),
  );
  const credentials = { accessKeyId: 'someone', secretAccessKey: newSecret() };
  return { ...told, requestHandler, credentials };
}

it('a call that nobody answers ends, so that nobody waits for it for ever', async () => {
  const client = new EMRServerlessClient(await settings(() => undefined));
  const answer = client.send(new GetApplicationCommand({ applicationId: '00f1abc' }));
  await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' });
});

it('an answer that stands still ends, too', async () => {
  const client = new S3Client({
    ...(await settings((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('its beginning');
    })),
    forcePathStyle: true,
  });
  const { Body: body } = await client.send(new GetObjectCommand({ Bucket: 'logs', Key: 'stderr' }));
  if (!(body instanceof Readable)) throw new Error('there is no body');
  await expect(text(body)).rejects.toThrow(/aborted|timed? ?out/i);
});

describe('a client whose credentials have expired', () => {
  const expired = (): Error => Object.assign(new Error('too old'), { name: 'ExpiredToken' });
  const never = new AbortController().signal;
  const expiredOnce = () => {
    let calls = 0;
    return () => (calls++ === 0 ? Promise.reject(expired()) : Promise.resolve('here'));
  };

  function callsOf() {
    const clients: { isDestroyed: boolean; destroy(): void }[] = [];
    const calls = new AwsCalls(() => {
      const client = {
        isDestroyed: false,
        destroy() {
          this.isDestroyed = true;
        },
      };
      clients.push(client);
      return client;
    });
    return { calls, destroyed: () => clients.map(({ isDestroyed }) => isDestroyed) };
  }

  it('is destroyed when another has taken its place', async () => {
    const { calls, destroyed } = callsOf();
    expect(await calls.call(undefined, expiredOnce(), never)).toBe('here');
    expect(destroyed()).toEqual([true, false]);
    calls.destroy();
    expect(destroyed()).toEqual([true, true]);
  });

  it('is left to the calls that it is still making', async () => {
    const { calls, destroyed } = callsOf();
    const slow = Promise.withResolvers<string>();
    const first = calls.call(undefined, () => slow.promise, never);
    await calls.call(undefined, expiredOnce(), never);
    expect(destroyed()).toEqual([false, false]);
    slow.resolve('late');
    expect(await first).toBe('late');
    expect(destroyed()).toEqual([true, false]);
  });

  it('and that is still at work ends with all others', async () => {
    const { calls, destroyed } = callsOf();
    void calls.call(undefined, () => new Promise(() => {}), never);
    await calls
      .call(undefined, () => Promise.reject(expired()), never)
      .catch((thrown: unknown) => expect(thrown).toMatchObject({ name: 'ExpiredToken' }));
    calls.destroy();
    expect(destroyed()).toEqual([true, true]);
  });
});
