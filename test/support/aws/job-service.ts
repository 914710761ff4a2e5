import type { AwsService } from './aws-service.ts';
import type { JobLife } from './job-life.ts';
import type { JobProcess } from './job-process.ts';

/** One job of a service, for a test to move on. */
export interface Job {
  readonly life: JobLife;
  readonly process: JobProcess;
}

/** A service that has jobs. */
export interface JobService extends AwsService {
  /** By the job's id. */
  readonly runs: ReadonlyMap<string, Job>;
}
