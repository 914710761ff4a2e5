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
  /** Names that the stream may have: without a prefix, EMR was seen with a slash before it and without. */
  #streams: readonly string[];
  #token: string | undefined;

  constructor(
    calls: AwsCalls<CloudWatchLogsClient>,
    { group, streamPrefix }: NonNullable<EmrLogs['cloudWatch']>,
    run: RunFacts,
    file: 'stderr' | 'stdout',
  ) {
    this.#calls = calls;
    this.#group = group ?? defaultGroup;
    const path = `applications/${run.applicationId}/jobs/${run.jobRunId}/SPARK_DRIVER/${file}`;
    this.#streams = streamPrefix === undefined ? [path, `/${path}`] : [`${streamPrefix}/${path}`];
  }

  async more(_isOver: boolean, signal: AbortSignal): Promise<readonly string[]> {
    for (const stream of this.#streams) {
      const lines = await this.#read(stream, signal);
      if (lines === undefined) continue;
      this.#streams = [stream];
      return lines;
    }
    return [];
  }

  /** Undefined where there is no such stream, or not yet. */
  async #read(stream: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
    const lines: string[] = [];
    for (let page = 0; page < maxPages; page++) {
      const input = {
        logGroupName: this.#group,
        logStreamName: stream,
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
        return undefined;
      }
    }
    return lines;
  }
}
