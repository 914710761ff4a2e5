import type { Settings } from '../config/entry.ts';
import type { ClusterSpec } from './cluster-spec.ts';

/** What decides where a session's engine runs. */
export interface PlacementQuestion {
  readonly user: string;
  /** All groups of the user, the primary one first. */
  readonly groups: readonly string[];
  /** The session's settings, all layers merged: `kyuubi.session.cluster`, `torii.session.preset` and the keys that routes ask for. */
  readonly settings: Settings;
}

/** Where a session's engine runs, and what cluster and preset say of its settings. */
export interface Placement {
  /** Undefined: on the gateway's own host, as if there were no clusters. */
  readonly cluster: ClusterSpec | undefined;
  readonly preset: string | undefined;
  /** Name of the role under which the engine runs, where the cluster has roles. */
  readonly role: string | undefined;
  /** 12 hex digits of SHA-256 over cluster, preset and role; undefined where the session has none of them. */
  readonly keySuffix: string | undefined;
  /** `id`: 12 hex digits that change when the preset's or the cluster's part in a launch changes; `sinceMs`: when this gateway took them over (epoch). */
  readonly revision: { readonly id: string; readonly sinceMs: number } | undefined;
}

/** The session's settings after the preset and the cluster have had their say. */
export interface PlacedSettings {
  /** Settings of the launch: the session's, with defaults below it and fixed ones above; secret references unresolved. */
  readonly launchConf: ReadonlyMap<string, string>;
  /** All settings, for reading entries (share level, pool, time-outs). */
  readonly settings: ReadonlyMap<string, string>;
  /** What the client asked for in vain, as sentences for the launch log. */
  readonly notes: readonly string[];
}

/** Clusters, presets and routes as they stand now. */
export interface Placements {
  /** Throws INVALID_ARGUMENT for a cluster or preset that nobody knows, and CONFIG_RESTRICTED for one that the user may not use. */
  place(question: PlacementQuestion): Placement;
  /** Merges list-valued Spark keys; throws CONFIG_INVALID where two sources contradict each other, naming both. */
  apply(
    placement: Placement,
    session: { readonly launchConf: Settings; readonly settings: Settings },
  ): PlacedSettings;
  /** Replaces secret references (`secretsmanager:`, `ssm:`, `kubernetes:`, `file:`, `env:`) by what they name; rejects naming key and reference. */
  resolve(
    launchConf: Settings,
    signal: AbortSignal,
  ): Promise<{
    readonly conf: ReadonlyMap<string, string>;
    /** Keys whose values came from references: secret whatever they are called. */
    readonly secretKeys: ReadonlySet<string>;
  }>;
  /** The clusters that are configured now. */
  clusters(): ReadonlyMap<string, ClusterSpec>;
  /** Called after each change that was taken over. */
  onChange(listener: () => void): void;
}
