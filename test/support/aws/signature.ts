import { createHash, createHmac } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { AwsRequest } from './aws-request.ts';

/** What the Authorization header of a signed request says. */
export interface Scope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  /** The service's signing name. */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** Undefined for a request that nobody signed. */
export function readScope(request: AwsRequest): Scope | undefined {
  const text = request.headers['authorization'];
  if (text === undefined) return undefined;
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/.exec(
      text,
    );
  if (found === null)
    throw new AwsError('IncompleteSignatureException', 'Authorization header is malformed', 403);
  const [, accessKeyId = '', date = '', region = '', service = '', headers = '', signature = ''] =
    found;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(';'), signature };
}

/** Throws unless the signature is the one that the secret makes of this request. */
export function checkSignature(request: AwsRequest, scope: Scope, secret: string): void {
  if (signatureOf(request, scope, secret) === scope.signature) return;
  throw new AwsError(
    scope.service === 's3' ? 'SignatureDoesNotMatch' : 'InvalidSignatureException',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    403,
  );
}

function signatureOf(request: AwsRequest, scope: Scope, secret: string): string {
  const { date, region, service, signedHeaders } = scope;
  const canonical = [
    request.method,
    service === 's3' ? request.path : request.path.split('/').map(encoded).join('/'),
    [...request.query]
      .map(([key, value]) => `${encoded(key)}=${encoded(value)}`)
      .toSorted()
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${tidy(request.headers[name] ?? '')}`),
    '',
    signedHeaders.join(';'),
    payloadHash(request),
  ].join('\n');
  const place = `${date}/${region}/${service}/aws4_request`;
  const toSign = [
    'AWS4-HMAC-SHA256',
    request.headers['x-amz-date'] ?? '',
    place,
    sha256(canonical),
  ].join('\n');
  const key = [date, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => hmac(previous, part),
    `AWS4${secret}`,
  );
  return hmac(key, toSign).toString('hex');
}

function payloadHash(request: AwsRequest): string {
  const own = sha256(request.body);
  const claimed = request.headers['x-amz-content-sha256'] ?? own;
  if (claimed === own || claimed === 'UNSIGNED-PAYLOAD') return claimed;
  throw new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );
}

const tidy = (value: string) => value.trim().replaceAll(/ +/g, ' ');
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string) =>
  createHmac('sha256', key).update(data).digest();
const encoded = (text: string) =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`,
  );
