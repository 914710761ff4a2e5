import type { EmrEc2Spec } from '../../preset/cluster-spec.ts';
import type { LogPlace } from '../aws/driver-log.ts';
import { S3Log, type s3Calls } from '../aws/s3-log.ts';
import type { ClusterLook } from './cluster-look.ts';

type S3Calls = ReturnType<typeof s3Calls>;

const files = ['stderr', 'stdout'] as const;
/** Applications whose steps are remembered; what has gone is read from S3 again. */
const maxKnown = 1_000;

/** What EMR brings of a cluster's logs to S3: it does so every few minutes, and at the end of a step. */
export class StepLogs {
  readonly #spec: EmrEc2Spec;
  readonly #cluster: ClusterLook;
  readonly #s3: S3Calls;
  readonly #applications = new Map<string, string>();

  constructor(spec: EmrEc2Spec, cluster: ClusterLook, s3: S3Calls) {
    this.#spec = spec;
    this.#cluster = cluster;
    this.#s3 = s3;
  }

  /** Where the log of a step is, as far as that is known. */
  linkOf(stepId: string): string | undefined {
    const folder = this.#known();
    return folder === undefined ? undefined : `${folder}/steps/${stepId}/`;
  }

  /** The id of the application that a step has submitted, by its own words; undefined where they can't be had, or not yet. */
  async applicationOf(stepId: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#applications.get(stepId);
    if (known !== undefined) return known;
    const folder = await this.#find(signal);
    if (folder === undefined) return undefined;
    const log = new S3Log(this.#s3, `${folder}/steps/${stepId}/stderr.gz`);
    const lines = await log.more(true, signal);
    const id = lines
      .map((line) => /Submitted application (application_\d+_\d+)/.exec(line)?.[1])
      .find((found) => found !== undefined);
    if (id === undefined) return undefined;
    const [oldest] = this.#applications.keys();
    if (oldest !== undefined && this.#applications.size >= maxKnown) {
      this.#applications.delete(oldest);
    }
    this.#applications.set(stepId, id);
    return id;
  }

  /** What spark-submit says, and then the driver that it has started. */
  placesOf(stepId: string): readonly LogPlace[] {
    const ofStep = files.map((file) =>
      later(async (signal) => {
        const folder = await this.#find(signal);
        return folder === undefined
          ? undefined
          : new S3Log(this.#s3, `${folder}/steps/${stepId}/${file}.gz`);
      }),
    );
    const ofDriver = files.map((file) =>
      later(async (signal) => {
        const id = await this.applicationOf(stepId, signal);
        const folder = await this.#find(signal);
        if (id === undefined || folder === undefined) return undefined;
        const container = `${id.replace(/^application/, 'container')}_01_000001`;
        return new S3Log(this.#s3, `${folder}/containers/${id}/${container}/${file}.gz`);
      }),
    );
    return [...ofStep, ...ofDriver];
  }

  async #find(signal: AbortSignal): Promise<string | undefined> {
    const known = this.#known();
    if (known !== undefined) return known;
    await this.#cluster.look(signal);
    return this.#known();
  }

  /** Folder of the cluster's logs, as far as it is known. */
  #known(): string | undefined {
    const root = this.#spec.logs.s3 ?? this.#cluster.last?.logFolder;
    return root === undefined ? undefined : `${root}/${this.#spec.cluster}`;
  }
}

/** A place that is known only later. */
function later(find: (signal: AbortSignal) => Promise<LogPlace | undefined>): LogPlace {
  let place: LogPlace | undefined;
  return {
    more: async (isOver, signal) => {
      place ??= await find(signal);
      return place === undefined ? [] : place.more(isOver, signal);
    },
  };
}
