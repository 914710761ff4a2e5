import type { Sidecar } from '../preset/catalogs/sidecar.ts';

/** Unique to one launch; carried by the job, its intent and its engine's node (`refId`). A UUID. */
export type LaunchTag = string;

/** How a launcher finds its job again, e.g. a process id or an application id. Opaque to all others. */
export type JobRef = string;

/** For whom a job runs: goes on everything that is launched for it, as labels or tags, so that its cost can be told. */
export interface JobOwner {
  readonly user: string;
  /** The group that the engine serves, where it serves one. */
  readonly group: string | undefined;
  /** The session that caused the launch. */
  readonly session: string;
  readonly preset: string | undefined;
}

export interface LaunchRequest {
  readonly tag: LaunchTag;
  readonly owner: JobOwner;
  /** Whom the engine runs as and whose working directory it gets. */
  readonly appUser: string;
  /** Default for `spark.app.name`. */
  readonly appName: string;
  /** Settings for the engine in Kyuubi's and Spark's names, before key conversion; nothing that only the server may know. */
  readonly conf: ReadonlyMap<string, string>;
  /** Keys of `conf` that are secret whatever they are called: their values came from secret references. */
  readonly secretKeys: ReadonlySet<string>;
  /** Containers that the engine needs beside its driver: where engines are no pods, a launch with any is refused. */
  readonly sidecars: readonly Sidecar[];
  /** Release of EMR that `conf` is made for, where it is known: a launch where there is another is refused. */
  readonly release?: string | undefined;
  /** The engine's own key: goes into a file that only its owner can read, never into argv or the environment. */
  readonly engineKey: string;
  /** Working directory below the launcher's root, unique to the engine's key, e.g. `alice/default`. */
  readonly workDir: string;
  /** Takes what there is to say before there is a job whose log can be read, e.g. that the launch has to wait. */
  readonly say: (line: string) => void;
}

export type LaunchOutcome = 'succeeded' | 'failed' | 'killed';

export type LaunchState =
  | {
      readonly kind: 'pending' | 'running';
      /** What the cluster says of it, e.g. that no node has room, where the launcher knows. */
      readonly detail?: string | undefined;
      /** What its reader can do, as a sentence, where the launcher knows. */
      readonly hint?: string | undefined;
    }
  | {
      readonly kind: 'ended';
      readonly outcome: LaunchOutcome;
      readonly reason: string;
      /** What its reader can do, as a sentence, where the launcher knows. */
      readonly hint?: string | undefined;
    }
  | { readonly kind: 'unknown' }; // the cluster did not answer: never a reason to launch again

/** One way of starting engines. Keeps no state: a restart finds each job by the tag it carries. */
export interface EngineLauncher {
  readonly kind: string;
  /** Whether a pending job may lack parts that nobody but the gateway that submitted it would have made. */
  readonly makesInSteps?: boolean;
  /** What comes back is kept with the launch intent: it finds the job again. */
  submit(request: LaunchRequest, signal: AbortSignal): Promise<JobRef>;
  /** One call for many: a poll costs the cluster one list. A tag nobody knows is `ended`, unless the launcher can't tell. */
  inspect(
    tags: ReadonlySet<LaunchTag>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<LaunchTag, LaunchState>>;
  /** Resolves when the job has ended; lets a failed launch be told at once. Rejects when `signal` fires. */
  ended(tag: LaunchTag, signal: AbortSignal): Promise<Extract<LaunchState, { kind: 'ended' }>>;
  /** Every job of ours that the cluster knows, so that strays can be found. */
  list(signal: AbortSignal): AsyncIterable<LaunchTag>;
  /** The launch's log by lines, from line `from`, until the job ends or the signal fires. */
  log(tag: LaunchTag, from: number, signal: AbortSignal): AsyncIterable<string>;
  /** The engine is up or given up: what only the launch needed (secret files) is removed. */
  settled(tag: LaunchTag): Promise<void>;
  kill(tag: LaunchTag, signal: AbortSignal): Promise<void>;
}
