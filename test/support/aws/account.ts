import type { CloudWatchLogs } from './cloudwatch-logs.ts';
import type { JobPlans, Timers } from './job-life.ts';
import type { Roles } from './roles.ts';
import type { S3 } from './s3.ts';
import type { SecretsManager } from './secrets-manager.ts';

/** What all services of the account share. */
export interface Account {
  readonly id: string;
  readonly region: string;
  readonly now: () => number;
  /** How long a minute of a service's time limits lasts. */
  readonly minuteMs: number;
  readonly timers: Timers;
  readonly plans: JobPlans;
  readonly roles: Roles;
  readonly s3: S3;
  readonly logs: CloudWatchLogs;
  readonly secrets: SecretsManager;
  /** Whether submitted commands are really run. */
  readonly runs: boolean;
  /** Where a job's folder is made. */
  readonly dir: string;
  /** Where a file that a job names stands on this machine. */
  readonly locate: (uri: string) => string;
  /** What the driver of a job in the role's name finds in its environment: credentials, and the SDK on its class path. */
  readonly driverEnvironment: (roleArn: string) => NodeJS.ProcessEnv;
  /** Whether logs are in S3 while their job runs, or only when it has ended. */
  readonly hasEarlyS3Logs: boolean;
}
