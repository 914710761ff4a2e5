import {
  CancelJobRunCommand,
  DescribeJobRunCommand,
  DescribeVirtualClusterCommand,
  EMRContainersClient,
  ListJobRunsCommand,
  StartJobRunCommand,
  type JobRun,
  type StartJobRunCommandInput,
  type VirtualCluster,
} from '@aws-sdk/client-emr-containers';
import type { EmrEksSpec } from '../../preset/cluster-spec.ts';
import { AwsCalls, clientSettings } from '../aws/aws-calls.ts';
import { grantedRate } from '../aws/granted-rate.ts';
import { isThrottled, nameOf } from '../aws/service-errors.ts';
import type { CallRate, RateBucket, RateBuckets } from '../rate-bucket.ts';
import { aliveStates } from './run-view.ts';

/**
 * A little below what AWS grants an account and region that has asked for no more, for each call and for all together (bursts
 * of 50, then 10 a second).
 */
const rates = {
  StartJobRun: { perSecond: 0.95, burst: 20 },
  CancelJobRun: { perSecond: 0.95, burst: 10 },
  // The service would take more of these; one a second is what we promise.
  ListJobRuns: { perSecond: 0.95, burst: 1 },
  DescribeJobRun: { perSecond: 3.5, burst: 15 },
  DescribeVirtualCluster: { perSecond: 0.9, burst: 2 },
} satisfies Readonly<Record<string, CallRate>>;

/** What the service takes at most. */
const pageSize = 50;

/** The calls of EMR on EKS, at the rates that it grants. Errors are the SDK's. */
export class EksApi {
  readonly #calls: AwsCalls<EMRContainersClient>;
  readonly #virtualCluster: string;
  readonly #bucket: (operation: keyof typeof rates) => RateBucket;

  constructor(
    place: Pick<EmrEksSpec, 'region' | 'endpoint' | 'rates'>,
    virtualCluster: string,
    buckets: RateBuckets,
  ) {
    this.#calls = new AwsCalls(() => new EMRContainersClient(clientSettings(place)));
    this.#virtualCluster = virtualCluster;
    const where = `emr-containers ${place.endpoint ?? place.region}`;
    this.#bucket = (operation) =>
      buckets.of(where, operation, grantedRate(rates[operation], place.rates.get(operation)));
  }

  /** Waits until a job may be started; `onWait` hears how many wait before it. */
  turn(signal: AbortSignal, onWait: (ahead: number) => void): Promise<void> {
    return this.#bucket('StartJobRun').take(signal, onWait);
  }

  /** The id of the job run; the caller has waited for its turn. */
  async start(request: StartJobRunCommandInput, signal: AbortSignal): Promise<string> {
    const { id } = await this.#calls
      .call(
        undefined,
        (client) => client.send(new StartJobRunCommand(request), { abortSignal: signal }),
        signal,
      )
      .catch((thrown: unknown) => {
        if (isThrottled(thrown)) this.#bucket('StartJobRun').throttled();
        throw thrown;
      });
    if (id === undefined) throw new Error('EMR on EKS named no job run');
    return id;
  }

  /** Alive job runs of the virtual cluster, page by page. */
  async *alive(signal: AbortSignal): AsyncGenerator<JobRun> {
    let nextToken: string | undefined;
    do {
      const input = {
        virtualClusterId: this.#virtualCluster,
        maxResults: pageSize,
        states: [...aliveStates],
        ...(nextToken === undefined ? {} : { nextToken }),
      };
      const page = await this.#calls.call(
        this.#bucket('ListJobRuns'),
        (client) => client.send(new ListJobRunsCommand(input), { abortSignal: signal }),
        signal,
      );
      yield* page.jobRuns ?? [];
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** Undefined when the service does not know it. */
  async run(id: string, signal: AbortSignal): Promise<JobRun | undefined> {
    const input = { virtualClusterId: this.#virtualCluster, id };
    try {
      const { jobRun } = await this.#calls.call(
        this.#bucket('DescribeJobRun'),
        (client) => client.send(new DescribeJobRunCommand(input), { abortSignal: signal }),
        signal,
      );
      return jobRun;
    } catch (thrown) {
      if (nameOf(thrown) === 'ResourceNotFoundException') return undefined;
      throw thrown;
    }
  }

  async cancel(id: string, signal: AbortSignal): Promise<void> {
    const input = { virtualClusterId: this.#virtualCluster, id };
    await this.#calls.call(
      this.#bucket('CancelJobRun'),
      (client) => client.send(new CancelJobRunCommand(input), { abortSignal: signal }),
      signal,
    );
  }

  async virtualCluster(signal: AbortSignal): Promise<VirtualCluster> {
    const input = { id: this.#virtualCluster };
    const { virtualCluster } = await this.#calls.call(
      this.#bucket('DescribeVirtualCluster'),
      (client) => client.send(new DescribeVirtualClusterCommand(input), { abortSignal: signal }),
      signal,
    );
    if (virtualCluster === undefined) throw new Error(`EMR says nothing of ${input.id}`);
    return virtualCluster;
  }

  destroy(): void {
    this.#calls.destroy();
  }
}
