import {
  CloudWatchLogsClient,
  GetLogEventsCommand,
  type GetLogEventsCommandInput,
  type GetLogEventsCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { AwsPlace } from '../../preset/cluster-spec.ts';
import type { CallRate, RateBucket, RateBuckets } from '../rate-bucket.ts';
import { AwsCalls, clientSettings } from './aws-calls.ts';
import type { LogPlace } from './driver-log.ts';
import { nameOf } from './service-errors.ts';

/** Below what CloudWatch grants an account and region: with many launches at once, each one's log comes a little later. */
const rate: CallRate = { perSecond: 9, burst: 9 };

/** The calls of CloudWatch Logs, at the rate that it grants. Errors are the SDK's. */
export class CloudWatchCalls {
  readonly #calls: AwsCalls<CloudWatchLogsClient>;
  readonly #bucket: RateBucket;

  constructor(place: AwsPlace, buckets: RateBuckets) {
    this.#calls = new AwsCalls(() => new CloudWatchLogsClient(clientSettings(place)));
    this.#bucket = buckets.of(`logs ${place.endpoint ?? place.region}`, 'GetLogEvents', rate);
  }

  events(input: GetLogEventsCommandInput, signal: AbortSignal): Promise<GetLogEventsCommandOutput> {
    return this.#calls.call(
      this.#bucket,
      (client) => client.send(new GetLogEventsCommand(input), { abortSignal: signal }),
      signal,
    );
  }

  destroy(): void {
    this.#calls.destroy();
  }
}

/** Pages that one look reads at most. */
const maxPages = 20;

/** One stream of a driver's log. */
export class CloudWatchLog implements LogPlace {
  readonly #calls: CloudWatchCalls;
  readonly #group: string;
  #streams: readonly string[];
  #token: string | undefined;

  /** `streams`: the names that the stream may have. */
  constructor(calls: CloudWatchCalls, group: string, streams: readonly string[]) {
    this.#calls = calls;
    this.#group = group;
    this.#streams = streams;
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
        const answer = await this.#calls.events(input, signal);
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
