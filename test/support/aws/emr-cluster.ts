import type { Account } from './account.ts';
import { definedOnly } from './defined-only.ts';
import { clusterId } from './ids.ts';

export type ClusterState =
  | 'STARTING'
  | 'BOOTSTRAPPING'
  | 'RUNNING'
  | 'WAITING'
  | 'TERMINATING'
  | 'TERMINATED'
  | 'TERMINATED_WITH_ERRORS';

export interface ClusterOptions {
  readonly name?: string;
  readonly state?: ClusterState;
  readonly releaseLabel?: string;
  /** How many steps may run at once; one, unless the cluster is set otherwise. */
  readonly stepConcurrency?: number;
  readonly logUri?: string;
  readonly masterDnsName?: string;
  /** The role of its instances: whose credentials jobs have that name no role. */
  readonly instanceRole?: string;
  /** Whether steps may name a role of their own. */
  readonly hasRuntimeRoles?: boolean;
  /** Where its core and task nodes are. */
  readonly subnetId?: string;
  readonly workerSecurityGroup?: string;
  /** Of a real YARN, for spark-submit. */
  readonly hadoopConfDir?: string;
  /** Web address of its resource manager, for kill steps. */
  readonly resourceManager?: string;
}

/** A cluster of EMR on EC2. */
export class Cluster {
  readonly id = clusterId('j');
  readonly arn: string;
  readonly options: ClusterOptions;
  readonly createdAtMs: number;
  state: ClusterState;
  reason: { readonly Code?: string; readonly Message?: string } = {};

  constructor(account: Account, options: ClusterOptions) {
    this.options = options;
    this.arn = `arn:aws:elasticmapreduce:${account.region}:${account.id}:cluster/${this.id}`;
    this.createdAtMs = account.now();
    this.state = options.state ?? 'WAITING';
  }

  /** Where its logs go, without a slash at the end. */
  get logUri(): string | undefined {
    const { logUri } = this.options;
    return logUri === undefined ? undefined : `${logUri.replace(/\/$/, '')}/${this.id}`;
  }

  get isUp(): boolean {
    return this.state === 'RUNNING' || this.state === 'WAITING';
  }

  get hasEnded(): boolean {
    return this.state.startsWith('TERMINAT');
  }

  summary(): Record<string, unknown> {
    const { id: Id, arn: ClusterArn, options, state: State, reason, createdAtMs } = this;
    const Timeline = { CreationDateTime: new Date(createdAtMs) };
    return {
      ...{ Id, ClusterArn, Name: options.name ?? 'cluster', NormalizedInstanceHours: 0 },
      Status: { State, StateChangeReason: reason, Timeline },
    };
  }

  description(): Record<string, unknown> {
    const { options } = this;
    return {
      ...this.summary(),
      ReleaseLabel: options.releaseLabel ?? 'emr-7.10.0',
      Applications: [
        { Name: 'Hadoop', Version: '3.4.1' },
        { Name: 'Spark', Version: '3.5.5' },
      ],
      StepConcurrencyLevel: options.stepConcurrency ?? 1,
      Tags: [],
      ...definedOnly({ LogUri: options.logUri, MasterPublicDnsName: options.masterDnsName }),
      Ec2InstanceAttributes: definedOnly({
        Ec2SubnetId: options.subnetId,
        EmrManagedSlaveSecurityGroup: options.workerSecurityGroup,
      }),
    };
  }
}
