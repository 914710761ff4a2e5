import { GatewayError, reasonOf } from '../core/errors.ts';
import type { Discovery, EngineNode, EngineSpacePaths } from '../discovery/discovery.ts';
import type { EngineClusters } from '../engine/engine-clusters.ts';
import { engineRoot, shareLevels } from '../engine/engine-ref.ts';
import type { ShareLevel } from '../engine/engine-ref.ts';

export interface EngineDirectoryOptions {
  readonly discovery: Discovery;
  readonly clusters: EngineClusters;
  readonly namespace: string;
  readonly spaceVersion: string;
  /** This host's name, as launch intents carry it. */
  readonly host: string;
}

/** Which engines are asked for. */
export interface EngineFilter {
  readonly shareLevel: ShareLevel;
  /** First segment below the root: user, group or the gateways' own user; undefined for everybody's. */
  readonly routingUser: string | undefined;
  /** Undefined for all. */
  readonly subdomain: string | undefined;
}

/** An engine that is registered. */
export interface RegisteredEngine {
  readonly node: EngineNode;
  readonly paths: EngineSpacePaths;
  readonly shareLevel: ShareLevel;
  readonly routingUser: string;
  readonly subdomain: string;
  /** Where it runs; undefined for gateways' own hosts, and where nobody knows. */
  readonly cluster: string | undefined;
  /** Host whose gateway launched it, where its intent tells. */
  readonly launchedBy: string | undefined;
}

/** What became of an engine that was to go. */
export interface RetiredEngine {
  readonly engine: RegisteredEngine;
  /** Undefined where it was not to be killed. */
  readonly kill: { readonly isEnded: boolean; readonly reason?: string } | undefined;
}

const killLimitMs = 20_000;

/** The engines of all gateways, as they are registered. */
export class EngineDirectory {
  readonly #options: EngineDirectoryOptions;

  constructor(options: EngineDirectoryOptions) {
    this.#options = options;
  }

  async list(filter: EngineFilter): Promise<RegisteredEngine[]> {
    const { shareLevel, routingUser, subdomain } = filter;
    const root = engineRoot({ ...this.#options, shareLevel });
    const { engines, intents } = await this.#options.discovery.survey(root);
    const intentOf = new Map(intents.map(({ intent }) => [intent.tag, intent]));
    return engines
      .map(({ node, paths }) => {
        const [user = '', leaf = ''] = paths.space.slice(root.length + 1).split('/');
        const intent = node.refId === undefined ? undefined : intentOf.get(node.refId);
        return {
          ...{ node, paths, shareLevel, routingUser: user, subdomain: leaf },
          cluster: intent?.cluster,
          launchedBy: intent?.host,
        };
      })
      .filter(
        (engine) =>
          (routingUser === undefined || engine.routingUser === routingUser) &&
          (subdomain === undefined || isOf(engine.subdomain, subdomain)),
      );
  }

  /**
   * Takes engines out of the registry: new sessions get others, and each ends with its last session, or at once with `kill`.
   * Throws `ENGINE_NOT_FOUND` where there is none.
   */
  async retire(filter: EngineFilter, kill: boolean): Promise<RetiredEngine[]> {
    const engines = await this.list(filter);
    if (engines.length === 0) {
      const { shareLevel, routingUser, subdomain } = filter;
      throw new GatewayError(
        'ENGINE_NOT_FOUND',
        `no engine of share level ${shareLevel} is registered for ${routingUser ?? 'anybody'}, subdomain ${subdomain ?? 'any'}`,
        { hint: 'GET /api/v1/admin/engine lists those that there are.' },
      );
    }
    return Promise.all(
      engines.map(async (engine) => {
        await this.#options.discovery.deregisterEngine(engine.paths.space, engine.node.name);
        return { engine, kill: kill ? await this.#kill(engine) : undefined };
      }),
    );
  }

  async #kill(engine: RegisteredEngine): Promise<NonNullable<RetiredEngine['kill']>> {
    const { refId: tag } = engine.node;
    const { cluster, launchedBy } = engine;
    if (tag === undefined) return { isEnded: false, reason: 'its launch is not known' };
    if (cluster === undefined && launchedBy !== undefined && launchedBy !== this.#options.host) {
      return { isEnded: false, reason: `it runs on ${launchedBy}, whose gateway has to be asked` };
    }
    try {
      switch (await this.#options.clusters.of(cluster).end(tag, killLimitMs)) {
        case 'ended':
          return { isEnded: true };
        case 'alive':
          return { isEnded: false, reason: `it lives after ${killLimitMs} ms` };
        case 'gone': {
          const where = cluster === undefined ? 'this host' : `cluster ${cluster}`;
          return { isEnded: false, reason: `nothing of it runs on ${where}` };
        }
      }
    } catch (thrown) {
      return { isEnded: false, reason: reasonOf(thrown) };
    }
  }
}

/** Engines of clusters and presets carry those behind their subdomain. */
function isOf(leaf: string, subdomain: string): boolean {
  return leaf === subdomain || leaf.startsWith(`${subdomain}--`);
}

/** Undefined for a text that names none. */
export function readShareLevel(text: string): ShareLevel | undefined {
  return shareLevels.find((level) => level === text.toUpperCase());
}
