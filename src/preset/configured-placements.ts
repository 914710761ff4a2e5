import type { Settings } from '../config/entry.ts';
import { toGatewayError } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { shortDigest } from './digest.ts';
import { readClustersPath } from './format/clusters-path.ts';
import type { FileText } from './format/clusters-file.ts';
import type { ClusterSpec } from './cluster-spec.ts';
import type { LaunchRules } from './launch-rules.ts';
import { placedSettings } from './placed-settings.ts';
import type {
  PlacedSettings,
  Placement,
  PlacementQuestion,
  Placements,
  ResolvedConf,
  SessionConf,
} from './placement.ts';
import { looksSecret } from './secret-settings.ts';
import type { SecretResolver } from './secrets/secret-resolver.ts';
import { Snapshot } from './snapshot.ts';

export interface ConfiguredPlacementsParts {
  /** `torii.clusters.path`; undefined: no clusters, presets and routes. */
  readonly path: string | undefined;
  readonly reloadMs: number;
  readonly secrets: Pick<SecretResolver, 'resolve'>;
  /** The operator's idea of secret keys; what looks secret by itself is so anyway. */
  readonly isSecret: (key: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Clusters, presets and routes of a file or a folder: read at the start, and again whenever their text has changed. */
export class ConfiguredPlacements implements Placements {
  readonly #parts: ConfiguredPlacementsParts;
  readonly #listeners: (() => void)[] = [];
  /** What a placement was made of: a reload between placing and launching changes nothing for its session. */
  readonly #rules = new WeakMap<Placement, LaunchRules>();
  readonly #end = new AbortController();
  #snapshot = new Snapshot([]);
  /** When it was taken over. */
  #takenMs = 0;
  /** The revisions in use, by the end of the engine's key. */
  readonly #revisions = new Map<string, NonNullable<Placement['revision']>>();
  /** Digest of the text that was read last, whatever became of it. */
  #seen = '';
  /** Why the files could not be taken when they were looked at last: told once. */
  #trouble: string | undefined;
  #following: Promise<void> = Promise.resolve();

  constructor(parts: ConfiguredPlacementsParts) {
    this.#parts = parts;
  }

  /** Rejects with CONFIG_INVALID, with file and line, for what can't be used. */
  async start(): Promise<void> {
    const { path } = this.#parts;
    if (path === undefined) return;
    const files = await readClustersPath(path);
    this.#seen = shortDigest(files);
    this.#take(new Snapshot(files), files);
    this.#following = this.#follow(path);
  }

  async stop(): Promise<void> {
    this.#end.abort();
    await this.#following;
  }

  /** Looks at the files. What has changed and is right is taken over; else what is in use stays, and the log says why. */
  async reload(): Promise<void> {
    const { path, log } = this.#parts;
    if (path === undefined) return;
    try {
      const files = await readClustersPath(path);
      const seen = shortDigest(files);
      if (seen === this.#seen) return;
      this.#seen = seen;
      this.#take(new Snapshot(files), files);
    } catch (thrown) {
      const err = toGatewayError(thrown);
      if (err.message !== this.#trouble)
        log.warn({ path, err }, 'clusters not replaced: those in use stay');
      this.#trouble = err.message;
      return;
    }
    this.#tell();
  }

  place(question: PlacementQuestion): Placement {
    const { placement: placed, rules } = this.#snapshot.place(question);
    const placement = { ...placed, revision: this.#dated(placed) };
    this.#rules.set(placement, rules);
    return placement;
  }

  apply(placement: Placement, session: SessionConf): PlacedSettings {
    const rules = this.#rules.get(placement);
    if (rules === undefined) throw new Error('a placement that was made elsewhere');
    const { isSecret } = this.#parts;
    return placedSettings(rules, session, (key) => looksSecret(key) || isSecret(key));
  }

  async resolve(
    launchConf: Settings,
    references: Settings,
    signal: AbortSignal,
  ): Promise<ResolvedConf> {
    const conf = new Map(launchConf);
    const wanted = [...references].filter(([key, text]) => conf.get(key) === text);
    await Promise.all(
      wanted.map(async ([key, text]) => {
        conf.set(key, await this.#parts.secrets.resolve(key, text, signal));
      }),
    );
    return { conf, secretKeys: new Set(wanted.map(([key]) => key)) };
  }

  clusters(): ReadonlyMap<string, ClusterSpec> {
    return this.#snapshot.specs;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** The revision with the time since which this gateway goes by it: the change after which it was first asked for. */
  #dated({ keySuffix, revision }: Placement): Placement['revision'] {
    if (keySuffix === undefined || revision === undefined) return undefined;
    const known = this.#revisions.get(keySuffix);
    if (known?.id === revision.id) return known;
    const dated = { id: revision.id, sinceMs: this.#takenMs };
    this.#revisions.set(keySuffix, dated);
    return dated;
  }

  #take(snapshot: Snapshot, files: readonly FileText[]): void {
    this.#snapshot = snapshot;
    this.#takenMs = this.#parts.clock.now();
    this.#trouble = undefined;
    const names = files.map(({ file }) => file);
    this.#parts.log.info({ files: names, ...snapshot.counts }, 'clusters in use');
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (err) {
        this.#parts.log.error({ err }, 'change of clusters not heard by all');
      }
    }
  }

  async #follow(path: string): Promise<void> {
    const { clock, log, reloadMs } = this.#parts;
    const { signal } = this.#end;
    try {
      while (!signal.aborted) {
        await clock.sleep(reloadMs, signal);
        await this.reload();
      }
    } catch (err) {
      if (!signal.aborted) log.error({ path, err }, 'clusters are no longer followed');
    }
  }
}
