import type { Account } from './account.ts';
import { AwsError, notFound, validation } from './aws-error.ts';
import type { Handler } from './aws-service.ts';
import type { JobService } from './job-service.ts';
import { ClientTokens } from './client-tokens.ts';
import type { Caller } from './credentials.ts';
import { definedOnly } from './defined-only.ts';
import {
  containersDescription,
  containersLogPlaces,
  containersProcess,
  containersRequest,
  type ContainersRun,
  containersStates,
} from './emr-containers-run.ts';
import { containersId } from './ids.ts';
import { textOf } from './input-text.ts';
import { type Gate, JobLife } from './job-life.ts';
import { includes, isWithin, page } from './paging.ts';
import { accountOf } from './roles.ts';
import { isRecord } from './shape-check.ts';

export interface VirtualClusterOptions {
  readonly name?: string;
  readonly eksCluster?: string;
  readonly namespace?: string;
  readonly state?: VirtualClusterState;
  /** With one of these it queues jobs. */
  readonly maxConcurrentRuns?: number;
  readonly maxQueuedRuns?: number;
}

export type VirtualClusterState = 'RUNNING' | 'TERMINATING' | 'TERMINATED' | 'ARRESTED';

export interface VirtualCluster {
  readonly id: string;
  readonly options: VirtualClusterOptions;
  readonly createdAtMs: number;
  state: VirtualClusterState;
}

type Input = Readonly<Record<string, unknown>>;

/** EMR on EKS: virtual clusters, job templates and job runs. */
export class EmrContainers implements JobService {
  readonly name = 'emr-containers';
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly clusters = new Map<string, VirtualCluster>();
  readonly runs = new Map<string, ContainersRun>();
  readonly #account: Account;
  readonly #templates = new Map<string, Input>();
  readonly #tokens = new ClientTokens();

  constructor(account: Account) {
    this.#account = account;
    this.handlers = {
      StartJobRun: (input, caller) => this.#start(input, caller),
      DescribeJobRun: (input) => ({ jobRun: containersDescription(this.#run(input)) }),
      ListJobRuns: (input) => this.#list(input),
      CancelJobRun: (input) => this.#cancel(input),
      DescribeVirtualCluster: (input) => ({
        virtualCluster: this.#describe(this.#cluster(textOf(input['id']))),
      }),
      ListVirtualClusters: (input) => this.#listClusters(input),
      DescribeJobTemplate: (input) => ({ jobTemplate: this.#template(textOf(input['id'])) }),
    };
  }

  addVirtualCluster(options: VirtualClusterOptions = {}): VirtualCluster {
    const cluster: VirtualCluster = {
      ...{ id: containersId(), options, createdAtMs: this.#account.now() },
      state: options.state ?? 'RUNNING',
    };
    this.clusters.set(cluster.id, cluster);
    return cluster;
  }

  /** A template by its data; `${name}` in its texts stands for a parameter. Gives back its id. */
  addJobTemplate(name: string, jobTemplateData: Input): string {
    const id = containersId();
    const createdAt = new Date(this.#account.now());
    const arn = `${this.#arn()}/jobtemplates/${id}`;
    this.#templates.set(id, { id, name, arn, createdAt, tags: {}, jobTemplateData });
    return id;
  }

  #start(input: Input, caller: Caller): Record<string, unknown> {
    const cluster = this.#cluster(textOf(input['virtualClusterId']));
    const used = this.#tokens.find(cluster.id, input);
    if (used !== undefined) {
      if (!used.isSame)
        throw validation('The client token was already used with other request parameters.');
      return this.#started(used.id);
    }
    const content = this.#content(input);
    checkStart(content, cluster, this.#account.id);
    this.#checkQueue(cluster);
    const run = this.#submit(input, content, cluster, caller);
    this.#tokens.keep(cluster.id, input, run.id);
    return this.#started(run.id);
  }

  #started(id: string): Record<string, unknown> {
    const run = this.runs.get(id);
    const name = definedOnly({ name: run?.input['name'] });
    return { id, arn: run?.arn, virtualClusterId: run?.clusterId, ...name };
  }

  /** What the request says, over what its template says. */
  #content(input: Input): Input {
    if (input['jobTemplateId'] === undefined) return input;
    const template = this.#template(textOf(input['jobTemplateId']))['jobTemplateData'];
    const given = isRecord(input['jobTemplateParameters']) ? input['jobTemplateParameters'] : {};
    return { ...filledIn(isRecord(template) ? template : {}, given), ...input };
  }

  #submit(input: Input, content: Input, cluster: VirtualCluster, caller: Caller): ContainersRun {
    const id = containersId();
    const account = this.#account;
    const role = textOf(content['executionRoleArn']);
    const asked = account.plans.take(this.name, input);
    const trusted = account.roles.trusts(role, 'eks.amazonaws.com');
    const plan = trusted ? asked : { ...asked, fails: untrusted(role) };
    const process = containersProcess(id, account, plan);
    const life: JobLife = new JobLife({
      ...{ states: containersStates, plan, timers: account.timers, now: account.now },
      gate: (next) => (next === 'SUBMITTED' ? this.#gate(cluster) : undefined),
      onRun: () =>
        process.start(life, () => containersRequest(content), {
          env: account.driverEnvironment(role),
        }),
      onCancel: () => process.stop(),
      onEnd: () => {
        for (const run of this.runs.values()) run.life.look();
      },
    });
    const run: ContainersRun = {
      ...{ id, clusterId: cluster.id, input, content, life, process, createdBy: caller.arn },
      arn: `${this.#arn()}/virtualclusters/${cluster.id}/jobruns/${id}`,
    };
    process.publish(() => life, containersLogPlaces(id, cluster.id, content));
    this.runs.set(id, run);
    return run;
  }

  #gate(cluster: VirtualCluster): Gate | undefined {
    const { maxConcurrentRuns = Infinity } = cluster.options;
    if (this.#count(cluster, ['SUBMITTED', 'RUNNING', 'CANCEL_PENDING']) < maxConcurrentRuns)
      return undefined;
    return { details: 'The virtual cluster is at its maximum concurrent job runs' };
  }

  #checkQueue(cluster: VirtualCluster): void {
    const { maxQueuedRuns } = cluster.options;
    if (maxQueuedRuns !== undefined && this.#count(cluster, ['PENDING']) >= maxQueuedRuns)
      throw validation(`Virtual cluster ${cluster.id} has reached its limit of queued job runs.`);
  }

  #count(cluster: VirtualCluster, states: readonly string[]): number {
    return [...this.runs.values()].filter(
      ({ clusterId, life }) => clusterId === cluster.id && states.includes(life.state),
    ).length;
  }

  #list(input: Input): Record<string, unknown> {
    const { states, name, createdAfter, createdBefore } = input;
    const cluster = this.#cluster(textOf(input['virtualClusterId']), validation);
    const wanted = [...this.runs.values()]
      .filter(({ clusterId }) => clusterId === cluster.id)
      .filter(({ life }) => includes(states, life.state))
      .filter((run) => name === undefined || run.input['name'] === name)
      .filter(({ life }) => isWithin(life.createdAtMs, createdAfter, createdBefore))
      .toReversed();
    const { items, nextToken } = page(wanted, input, 50);
    return { jobRuns: items.map(containersDescription), nextToken };
  }

  #cancel(input: Input): Record<string, unknown> {
    const { id, clusterId, life } = this.#run(input);
    if (life.hasEnded || life.isCancelling)
      throw validation(`Job run ${id} is not in a cancellable state`);
    life.cancel('JobRun CANCELLED successfully.');
    return { id, virtualClusterId: clusterId };
  }

  #listClusters(input: Input): Record<string, unknown> {
    const wanted = [...this.clusters.values()]
      .filter(({ state }) => includes(input['states'], state))
      .filter(({ options }) => {
        const eks = input['containerProviderId'];
        return eks === undefined || (options.eksCluster ?? 'eks') === eks;
      });
    const { items, nextToken } = page(wanted, input, 50);
    return { virtualClusters: items.map((each) => this.#describe(each)), nextToken };
  }

  #describe({ id, options, state, createdAtMs }: VirtualCluster): Record<string, unknown> {
    const { maxConcurrentRuns, maxQueuedRuns } = options;
    return {
      ...{ id, name: options.name ?? `virtual-${id}`, state, createdAt: new Date(createdAtMs) },
      ...{ arn: `${this.#arn()}/virtualclusters/${id}`, tags: {} },
      containerProvider: {
        ...{ type: 'EKS', id: options.eksCluster ?? 'eks' },
        info: { eksInfo: { namespace: options.namespace ?? 'emr' } },
      },
      ...((maxConcurrentRuns ?? maxQueuedRuns) !== undefined && {
        schedulerConfiguration: definedOnly({
          maxConcurrentJobRuns: maxConcurrentRuns,
          maxInQueueJobRuns: maxQueuedRuns,
        }),
      }),
    };
  }

  #cluster(id: string, refuse: (message: string) => AwsError = missing): VirtualCluster {
    const found = this.clusters.get(id);
    if (found === undefined) throw refuse(`Virtual cluster ${id} doesn't exist.`);
    return found;
  }

  #template(id: string): Input {
    const found = this.#templates.get(id);
    if (found === undefined) throw missing(`Job template ${id} doesn't exist.`);
    return found;
  }

  #run(input: Input): ContainersRun {
    const found = this.runs.get(textOf(input['id']));
    if (found === undefined || found.clusterId !== input['virtualClusterId'])
      throw missing(`Job run ${textOf(input['id'])} doesn't exist.`);
    return found;
  }

  #arn(): string {
    return `arn:aws:emr-containers:${this.#account.region}:${this.#account.id}:`;
  }
}

const missing = (message: string) => notFound(message, 400);

function checkStart(content: Input, cluster: VirtualCluster, account: string): void {
  if (cluster.state !== 'RUNNING')
    throw validation(`Virtual cluster ${cluster.id} is in state ${cluster.state}, not RUNNING.`);
  for (const key of ['executionRoleArn', 'releaseLabel', 'jobDriver'])
    if (content[key] === undefined) throw validation(`${key} must be provided`);
  const role = textOf(content['executionRoleArn']);
  if (accountOf(role) !== account)
    throw new AwsError('AccessDeniedException', 'Cross-account pass role is not allowed.', 403);
  const label = textOf(content['releaseLabel']);
  if (!/^emr-\d+\.\d+\.\d+-(latest|\d{8}|[a-z][\w-]*)$/.test(label))
    throw missing(`Release ${label} doesn't exist.`);
  const drivers = isRecord(content['jobDriver']) ? Object.keys(content['jobDriver']) : [];
  if (drivers.length !== 1) throw validation('Exactly one job driver must be provided');
}

const untrusted = (role: string) => ({
  ...{ state: 'SUBMITTED', reason: 'VALIDATION_ERROR' },
  details: `The role ${role} cannot be assumed: its trust policy does not admit the job's service account.`,
});

/** The value with every `${name}` replaced by its parameter. */
function filledIn(value: Input, parameters: Input): Input {
  const text = JSON.stringify(value).replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => {
    const given = parameters[name];
    return typeof given === 'string' ? JSON.stringify(given).slice(1, -1) : whole;
  });
  return JSON.parse(text) as Input; // what it was before
}
