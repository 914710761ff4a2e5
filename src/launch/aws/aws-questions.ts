import type { IpPermission, Route } from '@aws-sdk/client-ec2';

/** Who the gateway is for AWS. */
export interface Identity {
  readonly account: string;
  /** Of a role that was taken on, the one of STS. */
  readonly arn: string;
  /** `aws`, or that of China or the government's regions. */
  readonly partition: string;
}

export interface IamRole {
  readonly arn: string;
  /** JSON. */
  readonly trustPolicy: string;
}

/** May somebody do something with something, as his policies say. */
export interface RightsQuestion {
  /** ARN of the role or user. */
  readonly who: string;
  readonly actions: readonly string[];
  readonly resource: string;
  /** Keys of conditions that are known, e.g. `iam:PassedToService`. */
  readonly context?: Readonly<Record<string, string>>;
}

/** `untold`: a condition asks for something that is not known here. */
export interface RightsAnswer {
  readonly action: string;
  readonly decision: 'allowed' | 'denied' | 'untold';
}

export interface Subnet {
  readonly id: string;
  readonly vpc: string;
  readonly block: string;
  readonly freeAddresses: number | undefined;
  readonly routes: readonly Route[];
}

export interface SecurityGroup {
  readonly id: string;
  readonly vpc: string;
  readonly ingress: readonly IpPermission[];
  readonly egress: readonly IpPermission[];
}

/** What checks ask of AWS beside EMR itself. Every question only reads; every one may reject with the SDK's error. */
export interface AwsQuestions {
  identity(signal: AbortSignal): Promise<Identity>;
  /** By its name, without the path. */
  role(name: string, signal: AbortSignal): Promise<IamRole>;
  rights(question: RightsQuestion, signal: AbortSignal): Promise<readonly RightsAnswer[]>;
  subnets(ids: readonly string[], signal: AbortSignal): Promise<readonly Subnet[]>;
  securityGroups(ids: readonly string[], signal: AbortSignal): Promise<readonly SecurityGroup[]>;
  /** Security groups of whatever has the private address; undefined where nothing of this account has it. */
  groupsOfAddress(address: string, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Blocks of a prefix list. */
  prefixList(id: string, signal: AbortSignal): Promise<readonly string[]>;
  /** Rejects with `NotFound` where there is none. `uri` is like `s3://bucket/key`. */
  object(uri: string, signal: AbortSignal): Promise<{ readonly bytes: number | undefined }>;
  /** Rejects with `NotFound` or `NoSuchBucket` where there is none. */
  bucket(name: string, signal: AbortSignal): Promise<void>;
  /** Whether there is a log group of this name. */
  logGroup(name: string, signal: AbortSignal): Promise<boolean>;
}
