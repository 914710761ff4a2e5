import type { Account } from './account.ts';
import { definedOnly } from './defined-only.ts';
import { serverlessId } from './ids.ts';

export interface ApplicationOptions {
  readonly id?: string;
  readonly name?: string;
  readonly releaseLabel?: string;
  readonly state?: ApplicationState;
  /** Whether a job starts a stopped application; as the service has it, it does. */
  readonly startsItself?: boolean;
  /** How long a start takes. */
  readonly startMs?: number;
  /** What all its jobs together may hold. */
  readonly maximumVCpus?: number;
  readonly initialVCpus?: number;
  /** With one of these the application queues jobs. */
  readonly maxConcurrentRuns?: number;
  readonly queueTimeoutMinutes?: number;
  readonly runtimeConfiguration?: readonly Readonly<Record<string, unknown>>[];
  readonly monitoringConfiguration?: Readonly<Record<string, unknown>>;
  readonly networkConfiguration?: {
    readonly subnetIds: readonly string[];
    readonly securityGroupIds: readonly string[];
  };
  readonly tags?: Readonly<Record<string, string>>;
}

export type ApplicationState =
  'CREATING' | 'CREATED' | 'STARTING' | 'STARTED' | 'STOPPING' | 'STOPPED' | 'TERMINATED';

/** An application of EMR Serverless. */
export class Application {
  readonly id: string;
  readonly arn: string;
  readonly options: ApplicationOptions;
  readonly createdAtMs: number;
  state: ApplicationState;
  stateDetails = '';
  updatedAtMs: number;
  tags: Record<string, string>;
  readonly #account: Account;

  constructor(account: Account, options: ApplicationOptions) {
    this.#account = account;
    this.options = options;
    this.id = options.id ?? serverlessId();
    this.arn = `arn:aws:emr-serverless:${account.region}:${account.id}:/applications/${this.id}`;
    this.state = options.state ?? 'STARTED';
    this.createdAtMs = account.now();
    this.updatedAtMs = this.createdAtMs;
    this.tags = { ...options.tags };
  }

  get releaseLabel(): string {
    return this.options.releaseLabel ?? 'emr-7.10.0';
  }

  setState(state: ApplicationState, details = ''): void {
    this.state = state;
    this.stateDetails = details;
    this.updatedAtMs = this.#account.now();
  }

  start(onStarted: () => void): void {
    if (this.state === 'STARTING' || this.state === 'STARTED') return;
    this.setState('STARTING');
    this.#account.timers.after(this.options.startMs ?? 0, () => {
      if (this.state !== 'STARTING') return;
      this.setState('STARTED');
      onStarted();
    });
  }

  summary(): Record<string, unknown> {
    const { name } = this.options;
    return {
      ...{ id: this.id, ...(name !== undefined && { name }), arn: this.arn, type: 'Spark' },
      ...{ releaseLabel: this.releaseLabel, state: this.state, stateDetails: this.stateDetails },
      ...{ createdAt: new Date(this.createdAtMs), updatedAt: new Date(this.updatedAtMs) },
      architecture: 'X86_64',
    };
  }

  description(): Record<string, unknown> {
    const { id: applicationId, ...summary } = this.summary();
    const { options } = this;
    const { maximumVCpus, maxConcurrentRuns, queueTimeoutMinutes } = options;
    return {
      ...{ applicationId, ...summary, tags: this.tags },
      autoStartConfiguration: { enabled: options.startsItself ?? true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
      ...(maximumVCpus !== undefined && {
        maximumCapacity: { cpu: `${maximumVCpus} vCPU`, memory: `${maximumVCpus * 8} GB` },
      }),
      ...((maxConcurrentRuns ?? queueTimeoutMinutes) !== undefined && {
        schedulerConfiguration: { maxConcurrentRuns, queueTimeoutMinutes },
      }),
      ...definedOnly({
        networkConfiguration: options.networkConfiguration,
        runtimeConfiguration: options.runtimeConfiguration,
        monitoringConfiguration: options.monitoringConfiguration,
      }),
    };
  }
}
