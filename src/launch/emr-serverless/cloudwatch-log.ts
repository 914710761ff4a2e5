import { GetLogEventsCommand, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EmrLogs } from '../../preset/cluster-spec.ts';
import type { AwsCalls } from './aws-calls.ts';
import type { LogPlace } from './driver-log.ts';
import type { RunFacts } from './run-view.ts';
import { nameOf } from './submit-trouble.ts';

/** EMR's own, where nobody names another one. */
const defaultGroup = '/aws/emr-serverless';
/** Pages that one look reads at most. */
const maxPages = 20;

/** One stream of the driver's log. */
export class CloudWatchLog implements LogPlace {
  readonly #calls: AwsCalls<CloudWatchLogsClient>;
  readonly #group: string;
  readonly #stream: string;
  #token: string | undefined;

  constructor(
    calls: AwsCalls<CloudWatchLogsClient>,
    { group, streamPrefix }: NonNullable<EmrLogs['cloudWatch']>,
    run: RunFacts,
    file: 'stderr' | 'stdout',
  ) {
    this.#calls = calls;
    this.#group = group ?? defaultGroup;
    this.#stream = `${streamPrefix ?? ''}/applications/${run.applicationId}/jobs/${run.jobRunId}/SPARK_DRIVER/${file}`;
  }

  async more(_isOver: boolean, signal: AbortSignal): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let page = 0; page < maxPages; page++) {
      const input = {
        logGroupName: this.#group,
        logStreamName: this.#stream,
        startFromHead: true,
        ...(this.#token === undefined ? {} : { nextToken: this.#token }),
      };
      try {
        const answer = await this.#calls.call(
          undefined,
          (client) => client.send(new GetLogEventsCommand(input), { abortSignal: signal }),
          signal,
        );
        for (const { message = '' } of answer.events ?? []) {
          lines.push(...message.replace(/\r?\n$/, '').split('\n'));
        }
        const before = this.#token;
        this.#token = answer.nextForwardToken ?? this.#token;
        if (this.#token === before) return lines; // the same token again is the end of what there is
      } catch (thrown) {
        if (nameOf(thrown) !== 'ResourceNotFoundException') throw thrown;
        return lines; // not written yet
      }
    }
    return lines;
  }
}
