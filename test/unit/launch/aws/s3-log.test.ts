import { S3Client } from '@aws-sdk/client-s3';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AwsCalls, clientSettings } from '../../../../src/launch/aws/aws-calls.ts';
import { driverLog } from '../../../../src/launch/aws/driver-log.ts';
import { S3Log } from '../../../../src/launch/aws/s3-log.ts';
import { hastyClock } from '../../../support/hasty-clock.ts';
import { newSecret } from '../../../support/secrets.ts';

const never = new AbortController().signal;

let server: Server;
let calls: AwsCalls<S3Client>;
/** The log, once it is written. */
let written: string | undefined;
/** What S3 says before that to whoever may not list the bucket. */
const denied = '<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';

beforeEach(async () => {
  written = undefined;
  server = createServer((request, response) => {
    if (written !== undefined) {
      response.writeHead(200, { etag: `"${written.length}"` });
      response.end(request.method === 'HEAD' ? undefined : gzipSync(written));
      return;
    }
    response.writeHead(403, { 'content-type': 'application/xml' });
    response.end(request.method === 'HEAD' ? undefined : denied);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens at a port
  const place = { region: 'eu-west-1', endpoint: `http://127.0.0.1:${port}` };
  const credentials = { accessKeyId: 'someone', secretAccessKey: newSecret() };
  calls = new AwsCalls(
    () => new S3Client({ ...clientSettings(place), credentials, forcePathStyle: true }),
  );
});

afterEach(() => {
  calls.destroy();
  server.closeAllConnections();
  server.close();
});

async function read(isOver: () => boolean): Promise<string[]> {
  const lines: string[] = [];
  const places = [new S3Log(calls, 's3://logs/engine/stderr.gz')];
  const log = driverLog({ places, isOver, pollMs: 1000, clock: hastyClock(100) }, never);
  for await (const line of log) lines.push(line);
  return lines;
}

describe('a log in a bucket that the gateway may not list', () => {
  it('is read when it is written, although S3 has refused it before', async () => {
    let looks = 0;
    const isOver = (): boolean => {
      if (++looks === 5) written = 'the first line\nthe second line\n';
      return looks > 6;
    };
    expect(await read(isOver)).toEqual(['the first line', 'the second line']);
  });

  it('that never comes is told at the end with the rights that are missing', async () => {
    let looks = 0;
    const reading = read(() => ++looks > 5);
    await expect(reading).rejects.toThrow(
      /^s3:\/\/logs\/engine\/stderr\.gz can't be read \(403, \w+\): the gateway needs s3:GetObject there, .*s3:ListBucket on s3:\/\/logs/,
    );
    expect(looks).toBe(8);
  });
});
