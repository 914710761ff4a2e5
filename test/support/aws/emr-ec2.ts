import type { Account } from './account.ts';
import { AwsError, validation } from './aws-error.ts';
import type { Handler } from './aws-service.ts';
import type { JobService } from './job-service.ts';
import { Cluster, type ClusterOptions } from './emr-cluster.ts';
import {
  type Step,
  stepCommand,
  stepDescription,
  stepLog,
  stepProcess,
  stepStates,
  stepSummary,
} from './emr-step.ts';
import { clusterId } from './ids.ts';
import { textOf } from './input-text.ts';
import { type Gate, JobLife } from './job-life.ts';
import { includes, isWithin, page } from './paging.ts';
import { isRecord } from './shape-check.ts';

/** So many steps may be pending, running or being cancelled on one cluster. */
const mostActiveSteps = 256;
/** All texts of a HadoopJarStep together. */
const mostStepCharacters = 10_240;
const activeStates = ['PENDING', 'RUNNING', 'CANCEL_PENDING'];

type Input = Readonly<Record<string, unknown>>;

/** EMR on EC2: clusters and their steps. */
export class EmrEc2 implements JobService {
  readonly name = 'emr';
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly clusters = new Map<string, Cluster>();
  readonly runs = new Map<string, Step>();
  readonly #account: Account;

  constructor(account: Account) {
    this.#account = account;
    this.handlers = {
      AddJobFlowSteps: (input) => this.#add(input),
      DescribeStep: (input) => ({ Step: stepDescription(this.#step(input)) }),
      ListSteps: (input) => this.#list(input),
      CancelSteps: (input) => this.#cancel(input),
      DescribeCluster: (input) => ({ Cluster: this.#cluster(input['ClusterId']).description() }),
      ListClusters: (input) => this.#listClusters(input),
    };
  }

  addCluster(options: ClusterOptions = {}): Cluster {
    const cluster = new Cluster(this.#account, options);
    this.clusters.set(cluster.id, cluster);
    return cluster;
  }

  #add(input: Input): Record<string, unknown> {
    const cluster = this.clusters.get(textOf(input['JobFlowId']));
    if (cluster === undefined) throw validation('Specified job flow ID does not exist.');
    if (cluster.hasEnded)
      throw validation(
        'A job flow that is shutting down, terminated, or finished may not be modified.',
      );
    const role = input['ExecutionRoleArn'];
    if (role !== undefined && cluster.options.hasRuntimeRoles !== true)
      throw validation('Runtime roles are not enabled for this cluster.');
    const configs = Array.isArray(input['Steps']) ? input['Steps'].filter(isRecord) : [];
    if (configs.length === 0) throw validation('Steps must not be empty.');
    if (configs.some((config) => lengthOf(config) > mostStepCharacters))
      throw validation('Total length of the strings of HadoopJarStep must not exceed 10240.');
    const active = this.#steps(cluster).filter(({ life }) => activeStates.includes(life.state));
    if (active.length + configs.length > mostActiveSteps)
      throw validation(
        "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
      );
    const roleArn = role === undefined ? undefined : textOf(role);
    return { StepIds: configs.map((config) => this.#submit(config, cluster, roleArn).id) };
  }

  #submit(input: Input, cluster: Cluster, executionRoleArn: string | undefined): Step {
    const id = clusterId('s');
    const account = this.#account;
    const plan = account.plans.take(this.name, input);
    const process = stepProcess(id, account, plan);
    const life: JobLife = new JobLife({
      ...{ states: stepStates, plan, timers: account.timers, now: account.now },
      gate: () => this.#gate(cluster),
      onRun: () => this.#run(step, plan.isPretended === true),
      onCancel: () => process.stop(),
      onEnd: () => this.#ended(step),
    });
    const step: Step = { id, cluster, input, executionRoleArn, life, process };
    if (cluster.logUri !== undefined) {
      const folder = `${cluster.logUri}/${stepLog(id)}`;
      process.publish(() => life, { s3: (stream) => `${folder}${stream}.gz` });
    }
    this.runs.set(id, step);
    return step;
  }

  #gate(cluster: Cluster): Gate | undefined {
    if (!cluster.isUp) return { details: '' };
    const running = this.#steps(cluster).filter(
      ({ life }) => life.isRunning || (life.isCancelling && life.runningAtMs !== undefined),
    );
    return running.length < (cluster.options.stepConcurrency ?? 1) ? undefined : { details: '' };
  }

  #run({ input, life, process, cluster, executionRoleArn }: Step, isPretended: boolean): void {
    const { options } = cluster;
    cluster.state = 'RUNNING';
    const command = stepCommand(input);
    const isReal = this.#account.runs && !isPretended;
    if (command.kind === 'spark') {
      if (isReal) {
        const { hadoopConfDir } = options;
        const yarn = hadoopConfDir === undefined ? {} : { hadoopConfDir };
        const role = executionRoleArn ?? options.instanceRole;
        const env = role === undefined ? {} : this.#account.driverEnvironment(role);
        process.start(life, () => command.request, { ...yarn, env });
        // On a real YARN spark-submit itself ends when it is told not to wait.
        if (hadoopConfDir !== undefined) return;
      } else process.start(life, () => command.request);
      if (!command.waits) this.#account.timers.after(0, () => life.succeed());
      return;
    }
    if (command.kind === 'yarn-kill' && isReal && options.resourceManager !== undefined) {
      void killApplication(options.resourceManager, command.application).then((trouble) =>
        trouble === undefined ? life.succeed() : life.fail(trouble),
      );
      return;
    }
    this.#account.timers.after(0, () => life.succeed());
  }

  #ended({ cluster, input, life }: Step): void {
    if (life.state === 'FAILED') this.#actOnFailure(cluster, textOf(input['ActionOnFailure']));
    const rest = this.#steps(cluster);
    for (const step of rest) step.life.look();
    if (cluster.state === 'RUNNING' && rest.every((step) => step.life.hasEnded))
      cluster.state = 'WAITING';
  }

  #actOnFailure(cluster: Cluster, action: string): void {
    if (action === 'CONTINUE') return;
    for (const { life } of this.#steps(cluster)) if (life.state === 'PENDING') life.cancel();
    if (action === 'CANCEL_AND_WAIT') return;
    cluster.state = 'TERMINATED_WITH_ERRORS';
    cluster.reason = { Code: 'STEP_FAILURE', Message: 'Shut down as step failed' };
  }

  #list(input: Input): Record<string, unknown> {
    const cluster = this.#cluster(input['ClusterId']);
    const ids = input['StepIds'];
    if (Array.isArray(ids) && ids.length > 10)
      throw refused('The number of step IDs must not exceed 10.');
    const wanted = this.#steps(cluster)
      .filter(({ id, life }) => includes(ids, id) && includes(input['StepStates'], life.state))
      .toReversed();
    const { items, nextToken } = page(wanted, { nextToken: input['Marker'] }, 50);
    return { Steps: items.map(stepSummary), Marker: nextToken };
  }

  #cancel(input: Input): Record<string, unknown> {
    const cluster = this.#cluster(input['ClusterId']);
    const ids = Array.isArray(input['StepIds']) ? input['StepIds'].map(textOf) : [];
    const infos = ids.map((StepId) => {
      const step = this.runs.get(StepId);
      if (step?.cluster !== cluster) throw refused(`Step id '${StepId}' is not valid.`);
      const { life } = step;
      if (life.hasEnded || life.isCancelling)
        return { StepId, Status: 'FAILED', Reason: `Step is in state ${life.state}.` };
      life.cancel();
      return { StepId, Status: 'SUBMITTED' };
    });
    return { CancelStepsInfoList: infos };
  }

  #listClusters(input: Input): Record<string, unknown> {
    const wanted = [...this.clusters.values()]
      .filter(({ state }) => includes(input['ClusterStates'], state))
      .filter((each) => isWithin(each.createdAtMs, input['CreatedAfter'], input['CreatedBefore']))
      .toReversed();
    const { items, nextToken } = page(wanted, { nextToken: input['Marker'] }, 50);
    return { Clusters: items.map((each) => each.summary()), Marker: nextToken };
  }

  #steps(cluster: Cluster): Step[] {
    return [...this.runs.values()].filter((step) => step.cluster === cluster);
  }

  #cluster(id: unknown): Cluster {
    const found = this.clusters.get(textOf(id));
    if (found === undefined) throw refused(`Cluster id '${textOf(id)}' is not valid.`);
    return found;
  }

  #step(input: Input): Step {
    const cluster = this.#cluster(input['ClusterId']);
    const found = this.runs.get(textOf(input['StepId']));
    if (found?.cluster !== cluster)
      throw refused(`Step id '${textOf(input['StepId'])}' is not valid.`);
    return found;
  }
}

function lengthOf(config: Input): number {
  const { Jar: jar, Args: args } = isRecord(config['HadoopJarStep']) ? config['HadoopJarStep'] : {};
  return [jar, ...(Array.isArray(args) ? args : [])].map(textOf).join('').length;
}

const refused = (message: string) => new AwsError('InvalidRequestException', message);

/** What went wrong, where something did. */
async function killApplication(
  resourceManager: string,
  application: string,
): Promise<string | undefined> {
  try {
    const reply = await fetch(
      `${resourceManager}/ws/v1/cluster/apps/${application}/state?user.name=hadoop`,
      {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: '{"state":"KILLED"}',
      },
    );
    return reply.ok ? undefined : `Application ${application}: ${reply.status}`;
  } catch (error) {
    return `Application ${application}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
