import { EMRServerlessClient, GetApplicationCommand } from '@aws-sdk/client-emr-serverless';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { clientSettings } from '../../../../src/launch/aws/aws-calls.ts';
import { newSecret } from '../../../support/secrets.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** The settings of every client, with limits of a tenth of a second, for a server that answers so. */
async function settings(answer: RequestListener) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens at a port
  const made = clientSettings({ region: 'eu-west-1', endpoint: `http://127.0.0.1:${port}` });
  const requestHandler = Object.fromEntries(
    Object.entries(made.requestHandler).map(([key, value]) => [
      key,
      typeof value === 'number' ? 100 : value,
    ]),
  );
  const credentials = { accessKeyId: 'someone', secretAccessKey: newSecret() };
  return { ...made, requestHandler, credentials };
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
