import type { GroupProvider } from '../auth/group-provider.ts';
import type { Impersonation } from '../auth/impersonation.ts';
import type { Principal } from '../auth/auth-provider.ts';
import { engineLaunchEntries } from '../config/entries/engine-launch.ts';
import { engineShareEntries } from '../config/entries/engine-share.ts';
import { readSection } from '../config/entry.ts';
import type { SessionProfiles } from '../config/session-profiles.ts';
import {
  mergeSessionSettings,
  profilesOf,
  readClientSettings,
} from '../config/session-settings.ts';
import type { SessionDefaults, SessionSettings } from '../config/session-settings.ts';
import type {
  EngineLaunchConfig,
  SessionConfig,
  OperationConfig,
} from '../config/gateway-config.ts';
import { sessionEntries } from '../config/entries/session.ts';
import { operationEntries } from '../config/entries/operation.ts';
import type { ClientLayer } from '../config/client-keys.ts';
import { GatewayError } from '../core/errors.ts';
import type { EngineRevision } from '../engine/engines.ts';
import type { Sidecar } from '../preset/catalogs/sidecar.ts';
import type { Placement, Placements } from '../preset/placement.ts';
import type { PoolCounter } from '../engine/engine-pool.ts';
import { chooseSubdomain } from '../engine/engine-pool.ts';
import { engineRef } from '../engine/engine-ref.ts';
import type { EngineRef, EngineRefInput } from '../engine/engine-ref.ts';

/** What a client asked for when it opened a session. */
export interface OpenRequest {
  readonly principal: Principal;
  readonly configuration: ReadonlyMap<string, string>;
  readonly clientAddress: string;
}

/** Everything that follows from the request and the configuration, before anything is done. */
export interface SessionPlan {
  readonly user: string;
  readonly realUser: string;
  /** The user's primary group. */
  readonly group: string;
  readonly ref: EngineRef;
  /** Where the engine runs; undefined for the gateway's own host. */
  readonly cluster: string | undefined;
  readonly preset: string | undefined;
  readonly revision: EngineRevision | undefined;
  /** What cluster and preset have left out of the client's wishes, for the launch log. */
  readonly notes: readonly string[];
  /** Which settings of the launch are references to secrets, by their keys. */
  readonly references: ReadonlyMap<string, string>;
  readonly sidecars: readonly Sidecar[];
  /** Release of EMR that the settings are made for, where the files say it. */
  readonly release: string | undefined;
  readonly settings: SessionSettings;
  readonly session: SessionConfig;
  readonly operation: OperationConfig;
  readonly launch: EngineLaunchConfig;
  /** The client itself asked for a life beyond its connection. */
  readonly closeOnDisconnect: boolean;
}

export interface PlannerParts {
  readonly defaults: SessionDefaults;
  readonly profiles: SessionProfiles;
  readonly groups: GroupProvider;
  readonly impersonation: Impersonation;
  /** Undefined where no clusters and presets are configured. */
  readonly placements: Placements | undefined;
  readonly counter: PoolCounter;
  readonly administrators: ReadonlySet<string>;
  readonly namespace: string;
  /** Operating system user of the gateway. */
  readonly serverUser: string;
}

/** Works out a session's settings, its user and its engine; throws what the client did wrong. */
export async function planSession(
  request: OpenRequest,
  sessionId: string,
  parts: PlannerParts,
): Promise<SessionPlan> {
  const client = readClientSettings(request.configuration, parts.defaults.rules);
  const { principal } = request;
  const user = await userOf(request, client, sessionId, parts);
  const advisor = await parts.profiles.read(profilesOf(client, user, parts.defaults));
  const merged = mergeSessionSettings(client, user, advisor, parts.defaults);
  const ownGroups = user === principal.user ? principal.groups : undefined;
  const groups = ownGroups ?? (await parts.groups.groupsOf(user));
  const [group] = groups;
  const { placements } = parts;
  const { settings: all, ownKeys } = merged;
  const placement = placements?.place({ user, groups, settings: all, ownKeys });
  const placed = placement && placements?.apply(placement, merged);
  const settings: SessionSettings =
    placed === undefined
      ? merged
      : {
          ...merged,
          launchConf: placed.launchConf,
          settings: placed.settings,
          engineSessionConf: new Map(
            [...merged.engineSessionConf].filter(([key]) => !placed.ignored.has(key)),
          ),
        };
  const share = readSection(engineShareEntries, settings.settings);
  if (
    share.shareLevel === 'SERVER' &&
    principal.isAuthenticated &&
    !parts.administrators.has(user)
  ) {
    throw new GatewayError('SHARE_LEVEL_DENIED', `${user} may not use the share level SERVER`, {
      hint: 'It is for administrators (kyuubi.server.administrators): its engine runs as the gateway itself.',
    });
  }
  const input: EngineRefInput = {
    namespace: parts.namespace,
    spaceVersion: share.spaceVersion,
    shareLevel: share.shareLevel,
    sessionId,
    user,
    group,
    serverUser: parts.serverUser,
    subdomain: share.subdomain,
    placeSuffix: placement?.keySuffix,
    doAs: share.runsAsUser,
  };
  engineRef(input); // an impossible name is told before a pool's counter moves
  const subdomain = await chooseSubdomain(
    input,
    {
      name: share.poolName,
      size: share.poolSize,
      sizeThreshold: share.poolSizeThreshold,
      selectPolicy: share.poolSelectPolicy,
      ignoreSubdomain: share.poolIgnoresSubdomain,
    },
    parts.counter,
  );
  return {
    user,
    realUser: principal.user,
    group,
    ref: engineRef({ ...input, subdomain }),
    cluster: placement?.cluster?.name,
    preset: placement?.preset,
    revision: placement?.revision,
    notes: placed?.notes ?? [],
    references: placed?.references ?? new Map(),
    sidecars: placed?.sidecars ?? [],
    release: placed?.release,
    settings,
    session: readSection(sessionEntries, settings.settings),
    operation: readSection(operationEntries, settings.settings),
    launch: readSection(engineLaunchEntries, settings.settings),
    closeOnDisconnect:
      settings.engineSessionConf.get(closeOnDisconnectKey)?.trim().toLowerCase() !== 'false',
  };
}

/** Counts only where the client itself sends it (kyuubi-contract 6.4). */
const closeOnDisconnectKey = 'kyuubi.session.close.on.disconnect';

/** As whom the session runs: as whom its connection acts, as whom the client asks to, or as who it is. */
async function userOf(
  { principal, clientAddress }: OpenRequest,
  client: ClientLayer,
  sessionId: string,
  parts: PlannerParts,
): Promise<string> {
  const { impersonation } = parts;
  const { proxyUser } = client;
  const { user: realUser, actsFor } = principal;
  if (actsFor !== undefined) {
    if (proxyUser === undefined || impersonation.userNamed(proxyUser) === actsFor) return actsFor;
    throw new GatewayError(
      'PROXY_USER_DENIED',
      `Failed to validate proxy privilege of ${realUser} for ${proxyUser}`,
      { hint: `This connection acts for ${actsFor} alone: that was said at its login.` },
    );
  }
  if (proxyUser === undefined) return realUser;
  const superusers = await clusterSuperusers(impersonation.userNamed(proxyUser), client, parts);
  const wanted = { realUser, wanted: proxyUser, clientAddress, session: sessionId };
  return impersonation.userFor({ ...wanted, superusers });
}

/** Who may act for anybody on the cluster that a session of this user would get. */
async function clusterSuperusers(
  user: string | undefined,
  client: ClientLayer,
  { placements, groups, defaults }: PlannerParts,
): Promise<ReadonlySet<string>> {
  if (placements === undefined || user === undefined) return new Set();
  if ([...placements.clusters().values()].every(({ superusers }) => superusers.size === 0)) {
    return new Set();
  }
  const { settings, ownKeys } = mergeSessionSettings(client, user, new Map(), defaults);
  let placement: Placement;
  try {
    placement = placements.place({ user, groups: await groups.groupsOf(user), settings, ownKeys });
  } catch {
    return new Set(); // the plan of the session says why, once it is clear who wants it
  }
  return placement.cluster?.superusers ?? new Set();
}
