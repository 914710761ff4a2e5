import { z } from 'zod';

/** Name of a catalog as SQL writes it before its schemas, and as a part of Spark's keys: without dots. */
export const catalogName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]{0,127}$/,
    'a catalog name has letters, digits, _ and -, at most 128, and no digit or - first',
  );

/** A folder: `s3://bucket/warehouse`, `hdfs:///warehouse`, `file:///srv/warehouse`. Without user, query and fragment. */
export const folderUri = z
  .string()
  .refine(
    isFolderUri,
    'expected the URI of a folder, e.g. s3://bucket/warehouse, without user and query',
  );

/** Address of a web service, which has no secret in it. */
export const serviceUrl = z
  .string()
  .refine(isServiceUrl, 'expected an http or https URL without user, query and fragment');

/** Address of a Hive metastore. */
export const thriftUri = z
  .string()
  .regex(
    /^thrift:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?):[1-9]\d{0,4}$/,
    'expected a metastore as thrift://host:port',
  );

/** Where a secret stands, never the secret itself: it is looked up when an engine is launched. */
export const secretReference = z
  .string()
  .regex(
    /^(secretsmanager|ssm|kubernetes|file|env):\S+$/,
    'a secret is named, not written down: secretsmanager:, ssm:, kubernetes:, file: or env: and its name',
  );

/** Name of an AWS region. */
export const awsRegion = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'expected an AWS region, e.g. eu-west-1');

/** Twelve digits, which YAML takes for a number (and an octal one at that) unless they are quoted. */
export const awsAccount = z
  .string('an AWS account is text: put it into quotes')
  .regex(/^\d{12}$/, 'an AWS account has 12 digits');

/** Jars of a catalog that are neither the release's nor Maven's. */
const jarUri = z
  .string()
  .regex(
    /^([a-z][a-z0-9+.-]*:\/\/[^\s,]+|\/[^\s,]+)\.jar$/,
    'expected the URI of a jar, e.g. local:///opt/jars/iceberg.jar or s3://bucket/iceberg.jar',
  );

/**
 * Where a catalog's jars come from. `auto`: the release's own where it has them, otherwise Maven's, fetched when an engine
 * starts; `image`: they are among Spark's own jars already; or a list of them.
 */
export const jarSource = z
  .union([z.literal(['auto', 'image']), z.array(jarUri).min(1)])
  .default('auto');

export type JarSource = z.infer<typeof jarSource>;

function isFolderUri(text: string): boolean {
  if (!/^[a-z][a-z0-9+.-]*:\/\//.test(text) || /[\s,]/.test(text)) return false;
  const url = parsed(text);
  if (url === undefined || !isPlain(url)) return false;
  return url.protocol === 'file:' || url.protocol === 'hdfs:' || url.host !== '';
}

function isServiceUrl(text: string): boolean {
  const url = parsed(text);
  return url !== undefined && /^https?:$/.test(url.protocol) && isPlain(url) && !/\s/.test(text);
}

function parsed(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

function isPlain({ username, password, search, hash }: URL): boolean {
  return [username, password, search, hash].every((part) => part === '');
}
