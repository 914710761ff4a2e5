import { z } from 'zod';
import { parseDuration } from '../../config/durations.ts';
import { pricePlaces } from '../prices.ts';

/** Names of clusters, presets and roles: they become labels of pods, which take no more than 63 characters. */
export const name = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'a name has at most 63 letters, digits, dots, hyphens and underscores, with a letter or digit at both ends',
  )
  .refine((text) => text !== 'default', 'the name default stands for no cluster at all');

export const text = z.string().min(1, 'must not be empty');

export const positiveInt = z.int().min(1).max(1_000_000);

export const absolutePath = z.string().regex(/^\/./, 'must be an absolute path');

/** As the JVM writes sizes. */
export const memory = z
  .string('must be a size with its unit, e.g. 4g')
  .regex(/^[1-9]\d{0,8}[kmgt]b?$/i, 'must be a size with its unit, e.g. 4g');

/** As the gateway's settings have them; kept as it was written. */
export const duration = z
  .string('must be a duration such as PT30M')
  .refine((from) => (parseDuration(from) ?? 0) > 0, 'must be a duration such as PT30M, above 0');

/** ZooKeeper's connection string. */
export const zookeeperAddresses = z
  .string()
  .regex(/^[\w.-]+(?::\d{1,5})?(?:,[\w.-]+(?::\d{1,5})?)*(?:\/[\w./-]*)?$/, {
    error: 'must be like zk1:2181,zk2:2181/chroot',
  });

/** Settings by their keys. What YAML takes for a number or a boolean keeps the text that stands in the file. */
export const settings = z.record(
  z
    .string()
    .regex(/^[^\s=\u0000-\u001f\u007f]+$/, 'a setting has a key without blanks and equals signs'),
  z
    .string("must be a text (write '' for an empty one)")
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character'),
);

/** Names and values of environment variables. */
export const environment = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
  z
    .string("must be a text (write '' for an empty one)")
    .refine((value) => !value.includes('\0'), 'must not contain a NUL character'),
);

export const names = z.array(text);

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, 'must be the code of a currency in three capital letters, e.g. USD');

/** An amount of money, kept as it was written. */
export const price = z
  .string('must be a price of 0 or more, e.g. 0.052624')
  .regex(
    new RegExp(`^\\d{1,9}(?:\\.\\d{1,${pricePlaces}})?$`),
    `must be a price of 0 or more with at most ${pricePlaces} decimals, e.g. 0.052624`,
  );

export const awsRegion = z
  .string()
  .regex(/^[a-z]{2,4}(?:-[a-z]+)+-\d+$/, 'must be the name of a region, e.g. eu-central-1');

export const roleArn = z
  .string()
  .regex(
    /^arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'must be the ARN of an IAM role, e.g. arn:aws:iam::111122223333:role/engines',
  );

/** Without a slash at the end. */
export const s3Folder = z
  .string()
  .regex(/^s3:\/\/[a-z0-9][a-z0-9.-]+(?:\/.*)?$/, 'must be like s3://bucket/folder')
  .transform((from) => from.replace(/\/+$/, ''));
