import { GatewayError } from '../core/errors.ts';
import type { EngineSpacePaths } from '../discovery/discovery.ts';
import { spacePaths } from '../discovery/space-paths.ts';

export const shareLevels = ['CONNECTION', 'USER', 'GROUP', 'SERVER'] as const;

export type ShareLevel = (typeof shareLevels)[number];

/** All that decides which engine a session gets. */
export interface EngineRefInput {
  /** `kyuubi.ha.namespace` as the session sees it. */
  readonly namespace: string;
  /** `torii.engine.space.version`: outlives upgrades of the gateway. */
  readonly spaceVersion: string;
  readonly shareLevel: ShareLevel;
  readonly sessionId: string;
  readonly user: string;
  /** Primary group of the user, for GROUP. */
  readonly group: string;
  /** Operating system user of the gateway, for SERVER. */
  readonly serverUser: string;
  /** Subdomain as configured, or chosen from the pool; undefined is `default`. */
  readonly subdomain: string | undefined;
  /** Tells engines of different clusters, presets and roles apart; undefined where the session has none of them. */
  readonly placeSuffix?: string | undefined;
  readonly doAs: boolean;
}

/** Whom an engine serves: two sessions share an engine exactly when their refs have the same space. */
export interface EngineRef {
  readonly shareLevel: ShareLevel;
  /** First segment below the space's root: user, group or the gateway's own user. */
  readonly routingUser: string;
  readonly subdomain: string;
  /** Last segment: the subdomain, or the session for CONNECTION. */
  readonly leaf: string;
  /** Whom the engine runs as. */
  readonly appUser: string;
  readonly paths: EngineSpacePaths;
}

/** The one place where an engine's key is made (kyuubi-contract 2.3): pure, so that every gateway makes the same. */
export function engineRef(input: EngineRefInput): EngineRef {
  const routingUser = routingUserOf(input);
  const subdomain = (input.subdomain ?? 'default').toLowerCase();
  const place = input.placeSuffix === undefined ? subdomain : `${subdomain}--${input.placeSuffix}`;
  const leaf = input.shareLevel === 'CONNECTION' ? input.sessionId : place;
  requireSegment('kyuubi.engine.share.level.subdomain', subdomain);
  requireSegment('the user or group that the engine serves', routingUser);
  requireSegment('torii.engine.space.version', input.spaceVersion);
  const root = engineRoot(input);
  const tail = `${routingUser}/${leaf}`;
  return {
    shareLevel: input.shareLevel,
    routingUser,
    subdomain,
    leaf,
    appUser: input.doAs ? routingUser : input.serverUser,
    paths: spacePaths(root, tail),
  };
}

/** Counter of the POLLING policy: `/<ns>_<version>_<level>_SPARK_SQL_seqNum/<routing user>/<pool>` (kyuubi-contract 2.4). */
export function poolCounterPath(input: EngineRefInput, poolName: string): string {
  requireSegment('kyuubi.engine.pool.name', poolName);
  const routingUser = routingUserOf(input);
  requireSegment('the user or group that the engine serves', routingUser);
  return `${engineRoot(input)}_seqNum/${routingUser}/${poolName}`;
}

/** Default of `spark.app.name` (kyuubi-contract 1.4). */
export function engineName(ref: EngineRef, tag: string): string {
  const middle = ref.shareLevel === 'CONNECTION' ? [] : [ref.subdomain];
  return ['torii', ref.shareLevel, 'SPARK_SQL', ref.routingUser, ...middle, tag].join('_');
}

/** Throws unless the text can be one segment of a ZooKeeper path and of a file path. */
function requireSegment(what: string, text: string): void {
  if (
    text !== '' &&
    text.length <= 200 &&
    text !== '.' &&
    text !== '..' &&
    !notInSegment.test(text)
  )
    return;
  throw new GatewayError(
    'INVALID_ARGUMENT',
    `${what} is ${JSON.stringify(text.slice(0, 200))}, which is no path segment`,
    {
      hint: 'Use letters, digits, dots, hyphens and underscores, at most 200 of them.',
    },
  );
}

/** What ZooKeeper forbids in a node's name, the path separators of file systems, and lone surrogates. */
const notInSegment = /[/\\\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/u;

type FleetInput = Pick<EngineRefInput, 'namespace' | 'spaceVersion'>;

/** What the names of all that a fleet of gateways keeps in ZooKeeper begin with: `/<ns>_<version>`. */
export function fleetRoot({ namespace, spaceVersion }: FleetInput): string {
  return `/${namespace.replace(/^\/+|\/+$/g, '')}_${spaceVersion}`;
}

/** The roots of all engine spaces of a gateway, one for each share level. */
export function engineRoots(input: FleetInput): string[] {
  return shareLevels.map((shareLevel) => engineRoot({ ...input, shareLevel }));
}

/** The root of a share level's engine spaces. */
export function engineRoot(input: FleetInput & Pick<EngineRefInput, 'shareLevel'>): string {
  return `${fleetRoot(input)}_${input.shareLevel}_SPARK_SQL`;
}

function routingUserOf(input: EngineRefInput): string {
  switch (input.shareLevel) {
    case 'CONNECTION':
    case 'USER':
      return input.user;
    case 'GROUP':
      return input.group;
    case 'SERVER':
      return input.serverUser;
  }
}
