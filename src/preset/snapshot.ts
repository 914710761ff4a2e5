import { GatewayError } from '../core/errors.ts';
import { sharedHome } from './cluster-homes.ts';
import type { ClusterSpec } from './cluster-spec.ts';
import { shortDigest } from './digest.ts';
import { askedExecutionRole } from './execution-role.ts';
import { clusterSpecOf } from './format/cluster-spec-of.ts';
import { parseClustersFiles } from './format/clusters-file.ts';
import type { ClustersFile, FileText } from './format/clusters-file.ts';
import { launchRules } from './launch-rules.ts';
import type { LaunchRules } from './launch-rules.ts';
import type { Placement, PlacementQuestion } from './placement.ts';
import { destinationOf, presetClusters } from './routing.ts';
import type { Destination } from './routing.ts';
import { checkPreset, roleOf } from './who.ts';

/** Where a session goes, and what that says of its settings. */
export interface PlacedLaunch {
  readonly placement: Placement;
  readonly rules: LaunchRules;
}

/** Clusters, presets and routes as their files said at one time. */
export class Snapshot {
  readonly specs: ReadonlyMap<string, ClusterSpec>;
  readonly #file: ClustersFile;
  /** By cluster, preset, role and IAM role. */
  readonly #rules = new Map<string, LaunchRules>();

  /** Throws CONFIG_INVALID, with file and line, for what is wrong or does not fit together. */
  constructor(files: readonly FileText[]) {
    this.#file = parseClustersFiles(files);
    this.specs = new Map(
      [...this.#file.clusters].map(([name, entry]) => [name, clusterSpecOf(name, entry)]),
    );
    this.#checkNames();
    this.#checkHomes();
    this.#checkCombinations();
  }

  get counts(): Readonly<Record<'clusters' | 'presets' | 'routes', number>> {
    const { clusters, presets, routes } = this.#file;
    return { clusters: clusters.size, presets: presets.size, routes: routes.length };
  }

  /** Throws as `Placements.place`. The revision's beginning is not its own to know. */
  place(question: PlacementQuestion): PlacedLaunch {
    const { cluster, preset } = destinationOf(question, this.#file);
    const entry = cluster === undefined ? undefined : this.#file.clusters.get(cluster);
    if (preset !== undefined) checkPreset(preset, this.#file.presets.get(preset), question);
    const role =
      cluster === undefined ? undefined : roleOf(cluster, entry?.roles, question, preset);
    const executionRole = askedExecutionRole(cluster, entry, question);
    const rules = this.#rulesOf({ cluster, preset }, role, executionRole);
    const isPlain = cluster === undefined && preset === undefined;
    return {
      placement: {
        cluster: cluster === undefined ? undefined : this.specs.get(cluster),
        preset,
        role,
        keySuffix: isPlain ? undefined : keyOf({ cluster, preset }, role, executionRole),
        revision: isPlain ? undefined : { id: rules.revision, sinceMs: 0 },
      },
      rules,
    };
  }

  #rulesOf(
    destination: Destination,
    role: string | undefined,
    executionRole?: string,
  ): LaunchRules {
    const { cluster, preset } = destination;
    const key = JSON.stringify([cluster, preset, role, executionRole]);
    const known = this.#rules.get(key);
    if (known !== undefined) return known;
    const spec = cluster === undefined ? undefined : this.specs.get(cluster);
    const entry = cluster === undefined ? undefined : this.#file.clusters.get(cluster);
    const found = preset === undefined ? undefined : this.#file.presets.get(preset);
    const rules = launchRules({
      cluster: entry === undefined || spec === undefined ? undefined : { entry, spec },
      preset:
        preset === undefined || found === undefined ? undefined : { name: preset, preset: found },
      role,
      executionRole,
    });
    this.#rules.set(key, rules);
    return rules;
  }

  /** What names a cluster or a preset names one that there is. */
  #checkNames(): void {
    const { clusters, presets, routes, problem } = this.#file;
    for (const [name, { defaultPreset }] of clusters) {
      if (defaultPreset === undefined) continue;
      const preset = presets.get(defaultPreset);
      if (preset === undefined) {
        throw problem('clusters', name, `there is no preset ${defaultPreset}`);
      }
      const places = presetClusters(preset.cluster);
      if (places.length > 0 && !places.includes(name)) {
        throw problem('clusters', name, `its preset ${defaultPreset} is for ${places.join(', ')}`);
      }
    }
    for (const [name, preset] of presets) {
      const missing = presetClusters(preset.cluster).find((one) => !clusters.has(one));
      if (missing !== undefined) throw problem('presets', name, `there is no cluster ${missing}`);
    }
    for (const [index, { use }] of routes.entries()) {
      if (use.cluster !== undefined && !clusters.has(use.cluster)) {
        throw problem('routes', index, `there is no cluster ${use.cluster}`);
      }
      const preset = use.preset === undefined ? undefined : presets.get(use.preset);
      if (use.preset !== undefined && preset === undefined) {
        throw problem('routes', index, `there is no preset ${use.preset}`);
      }
      const places = presetClusters(preset?.cluster);
      if (use.cluster !== undefined && places.length > 0 && !places.includes(use.cluster)) {
        const text = `the preset ${use.preset} is for ${places.join(', ')}, not for ${use.cluster}`;
        throw problem('routes', index, text);
      }
    }
  }

  #checkHomes(): void {
    const shared = sharedHome(this.specs);
    if (shared === undefined) return;
    const { cluster, first, home } = shared;
    const text = `${home} is named by cluster ${first} as well; each would count and end the other's engines as its own`;
    throw this.#file.problem('clusters', cluster, text);
  }

  /**
   * Settles what the files allow together, so that contradictions are told when they are read. A preset that names no cluster
   * need not fit all of them: it is refused where it is wrong by itself.
   */
  #checkCombinations(): void {
    const { clusters, presets, problem } = this.#file;
    for (const [name, { roles = {} }] of clusters) {
      for (const role of [undefined, ...Object.keys(roles)]) {
        this.#tell('clusters', name, { cluster: name, preset: undefined }, role);
      }
    }
    for (const [name, preset] of presets) {
      const places = presetClusters(preset.cluster);
      for (const cluster of places) {
        for (const role of [undefined, ...Object.keys(clusters.get(cluster)?.roles ?? {})]) {
          this.#tell('presets', name, { cluster, preset: name }, role);
        }
      }
      if (places.length > 0) continue;
      const reasons = [undefined, ...clusters.keys()].map((cluster) =>
        this.#reasonAgainst(cluster, name),
      );
      const [first] = reasons;
      if (first !== undefined && !reasons.includes(undefined))
        throw problem('presets', name, first);
    }
  }

  #tell(
    part: 'clusters' | 'presets',
    name: string,
    destination: Destination,
    role: string | undefined,
  ): void {
    try {
      this.#rulesOf(destination, role);
    } catch (cause) {
      throw cause instanceof GatewayError ? this.#file.problem(part, name, textOf(cause)) : cause;
    }
  }

  #reasonAgainst(cluster: string | undefined, preset: string): string | undefined {
    try {
      this.#rulesOf({ cluster, preset }, undefined);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof GatewayError) return textOf(thrown);
      throw thrown;
    }
  }
}

/** 12 hex digits over all of them, told apart whatever they are called. */
function keyOf(
  { cluster, preset }: Destination,
  role: string | undefined,
  executionRole: string | undefined,
): string {
  const asked = executionRole === undefined ? [] : [executionRole];
  return shortDigest([cluster ?? null, preset ?? null, role ?? null, ...asked]);
}

function textOf({ message, hint }: GatewayError): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}
