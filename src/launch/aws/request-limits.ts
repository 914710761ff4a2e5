import type { Settings } from '../../config/entry.ts';
import { type EngineJob, SubmitError } from '../job-platform.ts';

/** What one service takes of a request; beyond it, the call would fail. Lengths in characters. */
export interface AwsRequestLimits {
  readonly service: string;
  readonly name: TextLimit;
  readonly token: TextLimit;
  readonly roleArn: TextLimit;
  readonly entryPoint: TextLimit;
  readonly submitParameters: TextLimit;
  /** Settings of one classification. */
  readonly properties: number;
  readonly propertyKey: TextLimit;
  readonly propertyValue: TextLimit;
  readonly tags: number;
  readonly tagKey: TextLimit;
  readonly tagValue: TextLimit;
}

export interface TextLimit {
  readonly min: number;
  readonly max: number;
  /** The whole text has to be like this. */
  readonly pattern?: RegExp;
}

const notBlank = /^.*\S.*$/;
const roleArn = /^arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role(?:\/|\/[\u0021-\u007f]+\/)[\w+=,.@-]+$/;
const stepText = /^[\t\n\r\u0020-\uffff]*$/;
const tagText = /^[A-Za-z0-9 /_.:=+@-]*$/;

/** As the services' own descriptions of their requests have them. */
export const awsRequestLimits = {
  'emr-serverless': {
    service: 'EMR Serverless',
    name: { min: 1, max: 256, pattern: notBlank },
    token: { min: 1, max: 64, pattern: /^[A-Za-z0-9._-]+$/ },
    roleArn: { min: 20, max: 2048, pattern: roleArn },
    entryPoint: { min: 1, max: 4096, pattern: notBlank },
    submitParameters: { min: 1, max: 102_400 },
    properties: 100,
    propertyKey: { min: 1, max: 1024, pattern: notBlank },
    propertyValue: { min: 1, max: 1024, pattern: notBlank },
    tags: 200,
    tagKey: { min: 1, max: 128, pattern: tagText },
    tagValue: { min: 0, max: 256, pattern: tagText },
  },
  'emr-eks': {
    service: 'EMR on EKS',
    name: { min: 1, max: 64, pattern: /^[.\-_/#A-Za-z0-9]+$/ },
    token: { min: 1, max: 64, pattern: notBlank },
    roleArn: { min: 20, max: 2048, pattern: roleArn },
    entryPoint: { min: 1, max: 256, pattern: notBlank },
    submitParameters: { min: 1, max: 102_400 },
    properties: 100,
    propertyKey: { min: 1, max: 1024, pattern: notBlank },
    propertyValue: { min: 1, max: 1024, pattern: notBlank },
    tags: 50,
    tagKey: { min: 1, max: 128, pattern: notBlank },
    tagValue: { min: 0, max: 256 },
  },
  'emr-ec2': {
    service: 'EMR on EC2',
    name: { min: 0, max: 256 },
    token: { min: 1, max: 64 },
    roleArn: { min: 20, max: 2048, pattern: roleArn },
    entryPoint: { min: 1, max: 10_280 },
    // All texts of a step together.
    submitParameters: { min: 0, max: 10_240 },
    properties: 100,
    propertyKey: { min: 1, max: 10_280 },
    propertyValue: { min: 0, max: 10_280, pattern: stepText },
    tags: 10,
    tagKey: { min: 1, max: 128 },
    tagValue: { min: 0, max: 256 },
  },
} as const satisfies Readonly<Record<string, AwsRequestLimits>>;

export function fitsLimit(text: string, { min, max, pattern }: TextLimit): boolean {
  return text.length >= min && text.length <= max && pattern?.test(text) !== false;
}

/** Throws a `SubmitError` (refused) that names the key and the limit, never the value: it may be secret. */
export function checkLimit(service: string, key: string, text: string, limit: TextLimit): void {
  if (fitsLimit(text, limit)) return;
  const { min, max, pattern } = limit;
  const why =
    text.length > max
      ? `has ${text.length} characters, and ${service} takes ${max}`
      : text.length < min
        ? `has ${text.length} characters, and ${service} wants ${min}`
        : `has characters that ${service} does not take: it has to be like ${String(pattern)}`;
  throw new SubmitError('refused', `${key} ${why}`, { hint: `Change or shorten ${key}.` });
}

/** Throws a `SubmitError` (refused) for more than the service takes. */
export function checkCount(service: string, what: string, count: number, max: number): void {
  if (count <= max) return;
  throw new SubmitError('refused', `there are ${count} ${what}, and ${service} takes ${max}`, {
    hint: `Leave out some ${what}.`,
  });
}

/** What the requests of job runs have in common. */
export interface RunRequestTexts {
  readonly name: string;
  readonly tag: string;
  readonly entryPoint: string;
  readonly sparkSubmitParameters: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Throws a `SubmitError` (refused) for what the service would not take of a job run. */
export function checkRunRequest(limits: AwsRequestLimits, texts: RunRequestTexts): void {
  const { service } = limits;
  const { name, tag, entryPoint, sparkSubmitParameters, tags } = texts;
  checkLimit(service, 'the name', name, limits.name);
  checkLimit(service, 'the launch tag', tag, limits.token);
  checkLimit(service, 'the engine jar', entryPoint, limits.entryPoint);
  checkLimit(
    service,
    'all settings that find no room among the properties (sparkSubmitParameters)',
    sparkSubmitParameters,
    limits.submitParameters,
  );
  checkCount(service, 'tags', Object.keys(tags).length, limits.tags);
  for (const [key, value] of Object.entries(tags)) {
    checkLimit(service, `the tag ${key}`, key, limits.tagKey);
    checkLimit(service, `the value of the tag ${key}`, value, limits.tagValue);
  }
}

/**
 * Throws a `SubmitError` (refused) where the user has no execution role, or what is none. `orElse` is what an administrator can do
 * in the place of giving one.
 */
export function checkRole(
  { owner }: Pick<EngineJob, 'owner'>,
  roleArn: string,
  limits: AwsRequestLimits,
  orElse?: string,
): void {
  if (roleArn === '') {
    const given = 'gives one by executionRole of the cluster or of a role of the cluster';
    const other = orElse === undefined ? '' : `, or ${orElse}`;
    throw new SubmitError('refused', `${owner.user} has no execution role on this cluster`, {
      hint: `The administrator ${given}${other}.`,
    });
  }
  if (!fitsLimit(roleArn, limits.roleArn)) {
    throw new SubmitError('refused', `the execution role ${roleArn} is not the ARN of a role`, {
      hint: 'Correct executionRole of the cluster or of its role.',
    });
  }
}

/** Settings by the place where they go. */
export interface DividedSettings {
  readonly properties: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Divides settings among a classification's properties, which need no quoting, and spark-submit's parameters, which have no
 * such limits. What stands first in `order` (0 before 1) goes into the properties first.
 */
export function divideSettings(
  settings: Settings,
  limits: AwsRequestLimits,
  order: (key: string, value: string) => number,
): DividedSettings {
  const properties = new Map<string, string>();
  const parameters = new Map<string, string>();
  const sorted = [...settings].toSorted((one, other) => order(...one) - order(...other));
  for (const [key, value] of sorted) {
    const fits =
      properties.size < limits.properties &&
      fitsLimit(key, limits.propertyKey) &&
      fitsLimit(value, limits.propertyValue);
    (fits ? properties : parameters).set(key, value);
  }
  return { properties, parameters };
}

/** A text as a tag's value may be: other characters are written as `_`, and what is too long is cut. */
export function tagValueOf(text: string, { tagValue }: AwsRequestLimits): string {
  return text.replaceAll(/[^A-Za-z0-9 /_.:=+@-]/gu, '_').slice(0, tagValue.max);
}
