import {
  CancelJobRunCommand,
  EMRServerlessClient,
  GetApplicationCommand,
  GetDashboardForJobRunCommand,
  GetJobRunCommand,
  ListJobRunsCommand,
  StartApplicationCommand,
  StartJobRunCommand,
  type Application,
  type JobRun,
  type JobRunSummary,
  type StartJobRunCommandInput,
} from '@aws-sdk/client-emr-serverless';
import type { EmrServerlessSpec } from '../../preset/cluster-spec.ts';
import type { CallRate, RateBucket, RateBuckets } from '../rate-bucket.ts';
import { AwsCalls, clientSettings } from '../aws/aws-calls.ts';
import { grantedRate } from '../aws/granted-rate.ts';
import { aliveStates } from './run-view.ts';
import { isThrottled, nameOf } from '../aws/service-errors.ts';

/**
 * A little below what AWS grants an account and region that has asked for no more ("API limits" of EMR Serverless's user guide:
 * 1 a second after 25 at once; of GetJobRun and GetApplication 10 after 50, of GetDashboardForJobRun 1 after 2).
 */
const rates = {
  StartJobRun: { perSecond: 0.95, burst: 22 },
  CancelJobRun: { perSecond: 0.95, burst: 22 },
  // The service would take a burst of these; one a second is what we promise.
  ListJobRuns: { perSecond: 0.95, burst: 1 },
  GetJobRun: { perSecond: 9, burst: 40 },
  GetDashboardForJobRun: { perSecond: 0.9, burst: 1 },
  GetApplication: { perSecond: 8, burst: 40 },
  StartApplication: { perSecond: 0.9, burst: 10 },
} satisfies Readonly<Record<string, CallRate>>;

/** What the service takes at most. */
const pageSize = 50;

/** The calls of EMR Serverless, at the rates that it grants. Errors are the SDK's. */
export class ServerlessApi {
  readonly #calls: AwsCalls<EMRServerlessClient>;
  readonly #bucket: (operation: keyof typeof rates) => RateBucket;

  constructor(
    place: Pick<EmrServerlessSpec, 'region' | 'endpoint' | 'rates'>,
    buckets: RateBuckets,
  ) {
    this.#calls = new AwsCalls(() => new EMRServerlessClient(clientSettings(place)));
    const where = `emr-serverless ${place.endpoint ?? place.region}`;
    this.#bucket = (operation) =>
      buckets.of(where, operation, grantedRate(rates[operation], place.rates.get(operation)));
  }

  /** Waits until a job may be started; `onWait` hears how many wait before it. */
  turn(signal: AbortSignal, onWait: (ahead: number) => void): Promise<void> {
    return this.#bucket('StartJobRun').take(signal, onWait);
  }

  /** The id of the job run; the caller has waited for its turn. */
  async start(request: StartJobRunCommandInput, signal: AbortSignal): Promise<string> {
    const { jobRunId } = await this.#calls
      .call(
        undefined,
        (client) => client.send(new StartJobRunCommand(request), { abortSignal: signal }),
        signal,
      )
      .catch((thrown: unknown) => {
        if (isThrottled(thrown)) this.#bucket('StartJobRun').throttled();
        throw thrown;
      });
    if (jobRunId === undefined) throw new Error('EMR Serverless named no job run');
    return jobRunId;
  }

  /** Alive job runs of an application, page by page. */
  async *alive(
    applicationId: string,
    signal: AbortSignal,
  ): AsyncGenerator<readonly JobRunSummary[]> {
    let nextToken: string | undefined;
    do {
      const input = {
        applicationId,
        maxResults: pageSize,
        states: [...aliveStates],
        ...(nextToken === undefined ? {} : { nextToken }),
      };
      const page = await this.#calls.call(
        this.#bucket('ListJobRuns'),
        (client) => client.send(new ListJobRunsCommand(input), { abortSignal: signal }),
        signal,
      );
      yield page.jobRuns ?? [];
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }

  /** Undefined when the service does not know it. */
  async run(
    applicationId: string,
    jobRunId: string,
    signal: AbortSignal,
  ): Promise<JobRun | undefined> {
    try {
      const { jobRun } = await this.#calls.call(
        this.#bucket('GetJobRun'),
        (client) =>
          client.send(new GetJobRunCommand({ applicationId, jobRunId }), { abortSignal: signal }),
        signal,
      );
      return jobRun;
    } catch (thrown) {
      if (nameOf(thrown) === 'ResourceNotFoundException') return undefined;
      throw thrown;
    }
  }

  async cancel(applicationId: string, jobRunId: string, signal: AbortSignal): Promise<void> {
    await this.#calls.call(
      this.#bucket('CancelJobRun'),
      (client) =>
        client.send(new CancelJobRunCommand({ applicationId, jobRunId }), { abortSignal: signal }),
      signal,
    );
  }

  /** Address of Spark's own page of the job run: good for an hour, for whoever has it. */
  async dashboard(
    applicationId: string,
    jobRunId: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const input = { applicationId, jobRunId };
    const { url } = await this.#calls.call(
      this.#bucket('GetDashboardForJobRun'),
      (client) => client.send(new GetDashboardForJobRunCommand(input), { abortSignal: signal }),
      signal,
    );
    return url;
  }

  async application(applicationId: string, signal: AbortSignal): Promise<Application> {
    const { application } = await this.#calls.call(
      this.#bucket('GetApplication'),
      (client) =>
        client.send(new GetApplicationCommand({ applicationId }), { abortSignal: signal }),
      signal,
    );
    if (application === undefined)
      throw new Error(`EMR Serverless says nothing of ${applicationId}`);
    return application;
  }

  async startApplication(applicationId: string, signal: AbortSignal): Promise<void> {
    await this.#calls.call(
      this.#bucket('StartApplication'),
      (client) =>
        client.send(new StartApplicationCommand({ applicationId }), { abortSignal: signal }),
      signal,
    );
  }

  destroy(): void {
    this.#calls.destroy();
  }
}
