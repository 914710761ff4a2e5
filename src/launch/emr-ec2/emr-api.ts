import {
  AddJobFlowStepsCommand,
  CancelStepsCommand,
  DescribeClusterCommand,
  EMRClient,
  ListStepsCommand,
  type AddJobFlowStepsCommandInput,
  type Cluster,
  type StepSummary,
} from '@aws-sdk/client-emr';
import type { EmrEc2Spec } from '../../preset/cluster-spec.ts';
import { AwsCalls, clientSettings } from '../aws/aws-calls.ts';
import { grantedRate } from '../aws/granted-rate.ts';
import { isThrottled } from '../aws/service-errors.ts';
import type { CallRate, RateBucket, RateBuckets } from '../rate-bucket.ts';

/** A little below what AWS grants an account and region that has asked for no more; all bursts together below that of all calls. */
const rates = {
  AddJobFlowSteps: { perSecond: 0.45, burst: 9 },
  CancelSteps: { perSecond: 0.45, burst: 5 },
  ListSteps: { perSecond: 0.45, burst: 3 },
  DescribeCluster: { perSecond: 0.9, burst: 4 },
} satisfies Readonly<Record<string, CallRate>>;

/** The calls of EMR on EC2, at the rates that it grants. Errors are the SDK's. */
export class EmrApi {
  readonly #calls: AwsCalls<EMRClient>;
  readonly #bucket: (operation: keyof typeof rates) => RateBucket;

  constructor(place: Pick<EmrEc2Spec, 'region' | 'endpoint' | 'rates'>, buckets: RateBuckets) {
    this.#calls = new AwsCalls(() => new EMRClient(clientSettings(place)));
    const where = `elasticmapreduce ${place.endpoint ?? place.region}`;
    this.#bucket = (operation) =>
      buckets.of(where, operation, grantedRate(rates[operation], place.rates.get(operation)));
  }

  /** Waits until a step may be added; `onWait` hears how many wait before it. */
  turn(signal: AbortSignal, onWait?: (ahead: number) => void): Promise<void> {
    return this.#bucket('AddJobFlowSteps').take(signal, onWait);
  }

  /** The id of the step; the caller has waited for its turn. EMR has no token here: the same call again is a second step. */
  async addStep(request: AddJobFlowStepsCommandInput, signal: AbortSignal): Promise<string> {
    const { StepIds: [stepId] = [] } = await this.#calls
      .call(
        undefined,
        (client) => client.send(new AddJobFlowStepsCommand(request), { abortSignal: signal }),
        signal,
      )
      .catch((thrown: unknown) => {
        if (isThrottled(thrown)) this.#bucket('AddJobFlowSteps').throttled();
        throw thrown;
      });
    if (stepId === undefined) throw new Error('EMR named no step');
    return stepId;
  }

  /** Steps page by page, the newest first. */
  async *steps(
    clusterId: string,
    signal: AbortSignal,
  ): AsyncGenerator<readonly StepSummary[], void> {
    let marker: string | undefined;
    do {
      const input = { ClusterId: clusterId, ...(marker === undefined ? {} : { Marker: marker }) };
      const page = await this.#calls.call(
        this.#bucket('ListSteps'),
        (client) => client.send(new ListStepsCommand(input), { abortSignal: signal }),
        signal,
      );
      yield page.Steps ?? [];
      marker = page.Marker;
    } while (marker !== undefined);
  }

  /** Resolves with why EMR did not take the order, undefined where it has. */
  async cancel(
    clusterId: string,
    stepId: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { CancelStepsInfoList: [info] = [] } = await this.#calls.call(
      this.#bucket('CancelSteps'),
      (client) =>
        client.send(new CancelStepsCommand({ ClusterId: clusterId, StepIds: [stepId] }), {
          abortSignal: signal,
        }),
      signal,
    );
    return info?.Status === 'FAILED' ? (info.Reason ?? 'no reason given') : undefined;
  }

  async cluster(clusterId: string, signal: AbortSignal): Promise<Cluster> {
    const { Cluster: cluster } = await this.#calls.call(
      this.#bucket('DescribeCluster'),
      (client) =>
        client.send(new DescribeClusterCommand({ ClusterId: clusterId }), { abortSignal: signal }),
      signal,
    );
    if (cluster === undefined) throw new Error(`EMR says nothing of ${clusterId}`);
    return cluster;
  }

  destroy(): void {
    this.#calls.destroy();
  }
}
