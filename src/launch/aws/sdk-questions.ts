import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
  GetManagedPrefixListEntriesCommand,
  type Route,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { HeadBucketCommand, HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Environment } from '../../config/environment.ts';
import type { AwsPlace } from '../../preset/cluster-spec.ts';
import { clientSettings } from './aws-calls.ts';
import type {
  AwsQuestions,
  IamRole,
  Identity,
  RightsAnswer,
  RightsQuestion,
  SecurityGroup,
  Subnet,
} from './aws-questions.ts';

/** Asks by the SDK's own clients, each thing that several checks need once. */
export class SdkQuestions implements AwsQuestions {
  readonly #sts: STSClient;
  readonly #iam: IAMClient;
  readonly #ec2: EC2Client;
  readonly #s3: S3Client;
  readonly #logs: CloudWatchLogsClient;
  #identity: Promise<Identity> | undefined;

  /** A service's own `AWS_ENDPOINT_URL_<SERVICE>` goes before the cluster's `endpoint`, which need not lead there. */
  constructor(place: AwsPlace, environment: Environment) {
    const settings = (service: string) => {
      const hasOwn = Boolean(environment[`AWS_ENDPOINT_URL_${service}`]);
      return clientSettings(hasOwn ? { ...place, endpoint: undefined } : place);
    };
    const forcePathStyle = place.endpoint !== undefined;
    this.#sts = new STSClient(settings('STS'));
    this.#iam = new IAMClient(settings('IAM'));
    this.#ec2 = new EC2Client(settings('EC2'));
    this.#s3 = new S3Client({ ...settings('S3'), forcePathStyle });
    this.#logs = new CloudWatchLogsClient(settings('CLOUDWATCH_LOGS'));
  }

  identity(signal: AbortSignal): Promise<Identity> {
    this.#identity ??= this.#sts
      .send(new GetCallerIdentityCommand({}), { abortSignal: signal })
      .then(({ Account: account = '', Arn: arn = '' }) => ({
        ...{ account, arn },
        partition: arn.split(':')[1] ?? 'aws',
      }));
    return this.#identity;
  }

  async role(name: string, signal: AbortSignal): Promise<IamRole> {
    const { Role: role } = await this.#iam.send(new GetRoleCommand({ RoleName: name }), {
      abortSignal: signal,
    });
    return {
      arn: role?.Arn ?? '',
      trustPolicy: decodeURIComponent(role?.AssumeRolePolicyDocument ?? ''),
    };
  }

  async rights(
    { who, actions, resource, context = {} }: RightsQuestion,
    signal: AbortSignal,
  ): Promise<readonly RightsAnswer[]> {
    const answers: RightsAnswer[] = [];
    let marker: string | undefined;
    do {
      const page = await this.#iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: who,
          ActionNames: [...actions],
          ResourceArns: [resource],
          ContextEntries: Object.entries(context).map(([key, value]) => ({
            ...{
              ContextKeyName: key,
              ContextKeyValues: [value],
              ContextKeyType: 'string' as const,
            },
          })),
          ...(marker === undefined ? {} : { Marker: marker }),
        }),
        { abortSignal: signal },
      );
      for (const one of page.EvaluationResults ?? []) {
        const isAllowed = one.EvalDecision === 'allowed';
        const lacks = (one.MissingContextValues ?? []).length > 0;
        const denied = lacks && one.EvalDecision === 'implicitDeny' ? 'untold' : 'denied';
        answers.push({
          action: one.EvalActionName ?? '',
          decision: isAllowed ? 'allowed' : denied,
        });
      }
      marker = page.IsTruncated === true ? page.Marker : undefined;
    } while (marker !== undefined);
    return answers;
  }

  async subnets(ids: readonly string[], signal: AbortSignal): Promise<readonly Subnet[]> {
    const { Subnets: found = [] } = await this.#ec2.send(
      new DescribeSubnetsCommand({ SubnetIds: [...ids] }),
      { abortSignal: signal },
    );
    const vpcs = [...new Set(found.map(({ VpcId = '' }) => VpcId))];
    const { RouteTables: tables = [] } = await this.#ec2.send(
      new DescribeRouteTablesCommand({ Filters: [{ Name: 'vpc-id', Values: vpcs }] }),
      { abortSignal: signal },
    );
    return found.map(({ SubnetId: id = '', VpcId: vpc = '', CidrBlock, ...more }) => ({
      ...{ id, vpc, block: CidrBlock ?? '', freeAddresses: more.AvailableIpAddressCount },
      routes: routesOf(id, vpc, tables),
    }));
  }

  async securityGroups(
    ids: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly SecurityGroup[]> {
    const { SecurityGroups: found = [] } = await this.#ec2.send(
      new DescribeSecurityGroupsCommand({ GroupIds: [...ids] }),
      { abortSignal: signal },
    );
    return found.map(({ GroupId: id = '', VpcId: vpc = '', ...rules }) => ({
      ...{ id, vpc },
      ingress: rules.IpPermissions ?? [],
      egress: rules.IpPermissionsEgress ?? [],
    }));
  }

  async groupsOfAddress(
    address: string,
    signal: AbortSignal,
  ): Promise<readonly string[] | undefined> {
    const { NetworkInterfaces: found = [] } = await this.#ec2.send(
      new DescribeNetworkInterfacesCommand({
        Filters: [{ Name: 'addresses.private-ip-address', Values: [address] }],
      }),
      { abortSignal: signal },
    );
    // Two networks may have the same address: then nobody knows whose it is.
    if (found.length !== 1) return undefined;
    return (found[0]?.Groups ?? []).map(({ GroupId = '' }) => GroupId);
  }

  async prefixList(id: string, signal: AbortSignal): Promise<readonly string[]> {
    const blocks: string[] = [];
    let token: string | undefined;
    do {
      const page = await this.#ec2.send(
        new GetManagedPrefixListEntriesCommand({
          PrefixListId: id,
          ...(token === undefined ? {} : { NextToken: token }),
        }),
        { abortSignal: signal },
      );
      blocks.push(...(page.Entries ?? []).map(({ Cidr = '' }) => Cidr));
      token = page.NextToken;
    } while (token !== undefined);
    return blocks;
  }

  async object(uri: string, signal: AbortSignal): Promise<{ readonly bytes: number | undefined }> {
    const [, bucket = '', key = ''] = /^s3[an]?:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
    const head = await this.#s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    });
    return { bytes: head.ContentLength };
  }

  async bucket(name: string, signal: AbortSignal): Promise<void> {
    await this.#s3.send(new HeadBucketCommand({ Bucket: name }), { abortSignal: signal });
  }

  async logGroup(name: string, signal: AbortSignal): Promise<boolean> {
    const { logGroups = [] } = await this.#logs.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 50 }),
      { abortSignal: signal },
    );
    return logGroups.some(({ logGroupName }) => logGroupName === name);
  }

  destroy(): void {
    for (const client of [this.#sts, this.#iam, this.#ec2, this.#s3, this.#logs]) client.destroy();
  }
}

/** Those of the subnet's own table, or of the network's main one. */
function routesOf(subnet: string, vpc: string, tables: readonly RouteTable[]): readonly Route[] {
  const ofNetwork = tables.filter(({ VpcId }) => VpcId === vpc);
  const own = ofNetwork.find(({ Associations = [] }) =>
    Associations.some(({ SubnetId }) => SubnetId === subnet),
  );
  const main = ofNetwork.find(({ Associations = [] }) => Associations.some(({ Main }) => Main));
  return (own ?? main)?.Routes ?? [];
}
