import type { JobSink, JobView } from '../job-platform.ts';
import type { LaunchTag } from '../launcher.ts';

/** Lets whoever waits for news of one job hear of them, on their way to the sink. */
export class JobNews {
  readonly #waiting = new Map<LaunchTag, PromiseWithResolvers<void>>();

  /** Resolves with the next change of the job that is told; never, where nobody follows the cluster. */
  next(tag: LaunchTag): Promise<void> {
    const waiting = this.#waiting.get(tag) ?? Promise.withResolvers<void>();
    this.#waiting.set(tag, waiting);
    return waiting.promise;
  }

  /** Nobody waits for this job any more. */
  forget(tag: LaunchTag): void {
    this.#waiting.delete(tag);
  }

  passingOnTo(sink: JobSink): JobSink {
    return {
      all: (jobs: readonly JobView[]) => {
        for (const tag of [...this.#waiting.keys()]) this.#tell(tag);
        sink.all(jobs);
      },
      changed: (job) => {
        this.#tell(job.tag);
        sink.changed(job);
      },
      gone: (tag) => {
        this.#tell(tag);
        sink.gone(tag);
      },
      line: (tag, text) => sink.line(tag, text),
      unreachable: (why) => sink.unreachable(why),
    };
  }

  #tell(tag: LaunchTag): void {
    this.#waiting.get(tag)?.resolve();
    this.#waiting.delete(tag);
  }
}
