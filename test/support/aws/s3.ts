import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { AwsError } from './aws-error.ts';
import type { AwsService, Handler } from './aws-service.ts';
import { textOf } from './input-text.ts';

interface StoredObject {
  readonly content: Buffer;
  readonly changedAt: Date;
}

/** Buckets as folders, and logs that are written while somebody reads them. */
export class S3 implements AwsService {
  readonly name = 's3';
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly #dir: string;
  /** By bucket and key; undefined while it is not there yet. */
  readonly #live = new Map<string, () => Buffer | undefined>();

  constructor(dir: string) {
    this.#dir = dir;
    this.handlers = {
      GetObject: (input) => this.#get(input, true),
      HeadObject: (input) => this.#get(input, false),
      ListObjectsV2: (input) => this.#list(input),
      PutObject: (input) => this.#put(input),
    };
  }

  createBucket(name: string): void {
    mkdirSync(join(this.#dir, name), { recursive: true });
  }

  /** The file behind an `s3://` or `s3a://` address; its bucket is made when there is none. */
  pathOf(uri: string): string {
    const { bucket, key } = parseS3(uri);
    this.createBucket(bucket);
    return join(this.#dir, bucket, key);
  }

  put(uri: string, content: string | Buffer): void {
    const file = this.pathOf(uri);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  /** An object whose content is asked for anew each time. */
  putLive(uri: string, content: () => Buffer | undefined): void {
    const { bucket, key } = parseS3(uri);
    this.createBucket(bucket);
    this.#live.set(`${bucket}/${key}`, content);
  }

  /** Undefined where there is none. */
  read(uri: string): Buffer | undefined {
    const { bucket, key } = parseS3(uri);
    return this.#find(bucket, key)?.content;
  }

  #get(input: Readonly<Record<string, unknown>>, withBody: boolean) {
    const bucket = this.#bucket(input);
    const key = textOf(input['Key']);
    const found = this.#find(bucket, key);
    if (found === undefined) {
      // A head has no body to name the key's absence in.
      if (!withBody) throw new AwsError('NotFound', 'Not Found', 404);
      throw new AwsError('NoSuchKey', 'The specified key does not exist.', 404);
    }
    const { content, changedAt } = found;
    const range = /^bytes=(\d+)-(\d*)$/.exec(textOf(input['Range']));
    const first = Number(range?.[1] ?? 0);
    if (range !== null && first >= content.length)
      throw new AwsError('InvalidRange', 'The requested range is not satisfiable', 416);
    const last = range?.[2] ? Math.min(Number(range[2]), content.length - 1) : content.length - 1;
    const part = content.subarray(first, last + 1);
    return {
      ...(withBody && { Body: part }),
      ...(range !== null && { ContentRange: `bytes ${first}-${last}/${content.length}` }),
      ...(!withBody && { ContentLength: content.length }),
      ...{ ETag: etag(content), LastModified: changedAt },
    };
  }

  #list(input: Readonly<Record<string, unknown>>) {
    const bucket = this.#bucket(input);
    const prefix = textOf(input['Prefix']);
    const delimiter = textOf(input['Delimiter']);
    const limit = Math.min(Number(input['MaxKeys'] ?? 1000), 1000);
    const token = input['ContinuationToken'];
    const after =
      token === undefined
        ? textOf(input['StartAfter'])
        : Buffer.from(textOf(token), 'base64url').toString('utf8');
    const keys = this.#keys(bucket).filter((key) => key.startsWith(prefix) && key > after);
    const page: string[] = [];
    const folders = new Set<string>();
    let last = '';
    for (const key of keys) {
      if (page.length + folders.size >= limit) break;
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut < 0) page.push(key);
      else folders.add(key.slice(0, cut + delimiter.length));
      last = key;
    }
    const isTruncated = keys.some((key) => key > last) && last !== '';
    return {
      ...{ Name: bucket, Prefix: prefix, MaxKeys: limit, IsTruncated: isTruncated },
      KeyCount: page.length + folders.size,
      ...(isTruncated && { NextContinuationToken: Buffer.from(last).toString('base64url') }),
      Contents: page.map((key) => {
        const { content, changedAt } = this.#find(bucket, key) ?? missing;
        return { Key: key, Size: content.length, LastModified: changedAt, ETag: etag(content) };
      }),
      CommonPrefixes: [...folders].map((Prefix) => ({ Prefix })),
    };
  }

  #put(input: Readonly<Record<string, unknown>>) {
    const bucket = this.#bucket(input);
    const body = input['Body'];
    const content = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    this.put(`s3://${bucket}/${textOf(input['Key'])}`, content);
    return { ETag: etag(content) };
  }

  #bucket(input: Readonly<Record<string, unknown>>): string {
    const name = textOf(input['Bucket']);
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || !existsSync(join(this.#dir, name)))
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404);
    return name;
  }

  #find(bucket: string, key: string): StoredObject | undefined {
    const live = this.#live.get(`${bucket}/${key}`)?.();
    if (live !== undefined) return { content: live, changedAt: new Date() };
    const file = join(this.#dir, bucket, key);
    if (relative(join(this.#dir, bucket), file).startsWith('..')) return undefined;
    if (!existsSync(file) || !statSync(file).isFile()) return undefined;
    return { content: readFileSync(file), changedAt: statSync(file).mtime };
  }

  #keys(bucket: string): string[] {
    const stored = readdirSync(join(this.#dir, bucket), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(this.#dir, bucket), join(entry.parentPath, entry.name)));
    const live = [...this.#live]
      .filter(([place, content]) => place.startsWith(`${bucket}/`) && content() !== undefined)
      .map(([place]) => place.slice(bucket.length + 1));
    return [...new Set([...stored, ...live])].toSorted();
  }
}

const missing: StoredObject = { content: Buffer.alloc(0), changedAt: new Date(0) };
const etag = (content: Buffer) => `"${createHash('md5').update(content).digest('hex')}"`;

export const isS3 = (uri: string) => /^s3[an]?:\/\//.test(uri);

function parseS3(uri: string): { readonly bucket: string; readonly key: string } {
  const found = /^s3[an]?:\/\/([^/]+)\/?(.*)$/.exec(uri);
  if (found === null) throw new Error(`${uri} is no address in S3`);
  return { bucket: found[1] ?? '', key: found[2] ?? '' };
}
