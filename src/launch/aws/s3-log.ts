import {
  GetObjectCommand,
  HeadObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import type { AwsPlace } from '../../preset/cluster-spec.ts';
import { LineSplitter } from '../line-splitter.ts';
import { AwsCalls, clientSettings } from './aws-calls.ts';
import type { LogPlace } from './driver-log.ts';
import { nameOf } from './service-errors.ts';

export function s3Calls(place: AwsPlace): AwsCalls<S3Client> {
  const forcePathStyle = place.endpoint !== undefined;
  return new AwsCalls(() => new S3Client({ ...clientSettings(place), forcePathStyle }));
}

/** A driver's log that is longer than this is left to S3. */
const maxBytes = 16 * 1024 * 1024;

/** One zipped file of a driver's log, which EMR writes anew and longer from time to time. */
export class S3Log implements LogPlace {
  readonly #calls: AwsCalls<S3Client>;
  readonly #bucket: string;
  readonly #key: string;
  #etag: string | undefined;
  #told = 0;

  /** `uri` is like `s3://bucket/key`. */
  constructor(calls: AwsCalls<S3Client>, uri: string) {
    this.#calls = calls;
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    this.#bucket = bucket;
    this.#key = key;
  }

  async more(isOver: boolean, signal: AbortSignal): Promise<readonly string[]> {
    const place = { Bucket: this.#bucket, Key: this.#key };
    try {
      const head = await this.#calls.call(
        undefined,
        (client) => client.send(new HeadObjectCommand(place), { abortSignal: signal }),
        signal,
      );
      if (head.ETag === this.#etag && !isOver) return [];
      const read = await this.#calls.call(
        undefined,
        async (client) => {
          const answer = await client.send(new GetObjectCommand(place), { abortSignal: signal });
          if (!(answer.Body instanceof Readable)) return undefined;
          return { lines: await readLines(answer.Body, isOver), etag: answer.ETag };
        },
        signal,
      );
      if (read === undefined) return [];
      this.#etag = read.etag;
      const fresh = read.lines.slice(this.#told);
      this.#told += fresh.length;
      return fresh;
    } catch (thrown) {
      if (/^(?:NoSuchKey|NotFound)$/.test(nameOf(thrown))) return []; // not written yet
      throw isDenied(thrown) ? this.#denied(thrown) : thrown;
    }
  }

  #denied(thrown: unknown): Error {
    const bucket = `s3://${this.#bucket}`;
    const rights = `the gateway needs s3:GetObject there, kms:Decrypt where it is encrypted by a key, and s3:ListBucket on ${bucket}, without which S3 does not say that it is not written yet`;
    const message = `${bucket}/${this.#key} can't be read (403, ${nameOf(thrown)}): ${rights}`;
    return new Error(message, { cause: thrown });
  }
}

/** Also what S3 says of an object that is not there, to whoever may not list its bucket. The answer to a head has no name for it. */
function isDenied(thrown: unknown): boolean {
  const isRefused = thrown instanceof S3ServiceException && thrown.$metadata.httpStatusCode === 403;
  return isRefused && !/Signature|AccessKey|Token/.test(thrown.name);
}

/** The lines of a zipped file; the last one only when it is whole. */
async function readLines(zipped: Readable, isOver: boolean): Promise<readonly string[]> {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  let bytes = 0;
  const text = zipped.pipe(createGunzip());
  zipped.once('error', (error) => text.destroy(error));
  for await (const chunk of text as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) break;
    lines.push(...splitter.push(chunk));
  }
  zipped.destroy();
  return isOver ? [...lines, ...splitter.end()] : lines;
}
