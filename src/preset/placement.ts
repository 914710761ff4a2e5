import type { Settings } from '../config/entry.ts';
import type { Sidecar } from './catalogs/sidecar.ts';
import type { ClusterSpec } from './cluster-spec.ts';

/** What decides where a session's engine runs. */
export interface PlacementQuestion {
  readonly user: string;
  /** All groups of the user, the primary one first. */
  readonly groups: readonly string[];
  /** The session's settings, all layers merged: `kyuubi.session.cluster`, `torii.session.preset` and the keys that routes ask for. */
  readonly settings: Settings;
  /** Keys of `settings` that the session itself says (client, user's defaults, advisor), as opposed to the gateway's defaults. */
  readonly ownKeys: ReadonlySet<string>;
}

/** What a session's settings are before cluster and preset have had their say. */
export interface SessionConf {
  readonly launchConf: Settings;
  readonly settings: Settings;
  /** As in `PlacementQuestion`. */
  readonly ownKeys: ReadonlySet<string>;
  /** Of these, the keys whose values the client itself has sent: no operator stands behind them. */
  readonly clientKeys: ReadonlySet<string>;
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
  /**
   * Settings of the launch: the session's, with defaults below it and fixed ones above; secret references unresolved. The
   * environment of cluster and preset is among them, as `kyuubi.engineEnv.<NAME>`.
   */
  readonly launchConf: ReadonlyMap<string, string>;
  /** All settings, for reading entries (share level, pool, time-outs). */
  readonly settings: ReadonlyMap<string, string>;
  /** What the client asked for in vain, and what the release makes of settings, as sentences for the launch log. */
  readonly notes: readonly string[];
  /** Keys that the session says in vain: they must not reach the engine with the session's own settings either. */
  readonly ignored: ReadonlySet<string>;
  /** Which settings are references to secrets, by their keys. What a client says never is one. */
  readonly references: ReadonlyMap<string, string>;
  /** Containers that the preset's catalogs need in the driver's pod. */
  readonly sidecars: readonly Sidecar[];
  /** Address of the history server that shows the engine's event log. */
  readonly historyServer: string | undefined;
  /** Release of EMR whose images the settings are made for, where the files say it. */
  readonly release?: string | undefined;
}

/** Clusters, presets and routes as they stand now. */
export interface Placements {
  /**
   * Throws INVALID_ARGUMENT for a cluster or preset that nobody knows and for two that contradict each other,
   * CONFIG_RESTRICTED for what the user may not use, and CONFIG_INVALID where cluster and preset fix a setting differently,
   * naming both sources.
   */
  place(question: PlacementQuestion): Placement;
  /** Merges list-valued Spark keys; throws INVALID_ARGUMENT for a queue that the cluster has not, CONFIG_RESTRICTED for jars that the preset forbids and for what clients may not say on a cluster. */
  apply(placement: Placement, session: SessionConf): PlacedSettings;
  /**
   * Replaces references to secrets (`secretsmanager:`, `ssm:`, `kubernetes:`, `file:`, `env:`) by what they name: those of
   * `references` (from `apply`) alone, where `launchConf` still has them. Rejects with ENGINE_LAUNCH_FAILED, naming key and
   * reference.
   */
  resolve(launchConf: Settings, references: Settings, signal: AbortSignal): Promise<ResolvedConf>;
  /** The clusters that are configured now. */
  clusters(): ReadonlyMap<string, ClusterSpec>;
  /** Called after each change that was taken over. */
  onChange(listener: () => void): void;
}

export interface ResolvedConf {
  readonly conf: ReadonlyMap<string, string>;
  /** Keys whose values came from references: secret whatever they are called. */
  readonly secretKeys: ReadonlySet<string>;
}
