import type { GroupProvider } from '../auth/group-provider.ts';
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
import { GatewayError } from '../core/errors.ts';
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
  readonly ref: EngineRef;
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
  const user = request.principal.user;
  requireNoProxy(user, client.proxyUser);
  const advisor = await parts.profiles.read(profilesOf(client, user, parts.defaults));
  const settings = mergeSessionSettings(client, user, advisor, parts.defaults);
  const share = readSection(engineShareEntries, settings.settings);
  if (
    share.shareLevel === 'SERVER' &&
    request.principal.isAuthenticated &&
    !parts.administrators.has(user)
  ) {
    throw new GatewayError('SHARE_LEVEL_DENIED', `${user} may not use the share level SERVER`, {
      hint: 'It is for administrators (kyuubi.server.administrators): its engine runs as the gateway itself.',
    });
  }
  const [group] = request.principal.groups ?? (await parts.groups.groupsOf(user));
  const input: EngineRefInput = {
    namespace: parts.namespace,
    spaceVersion: share.spaceVersion,
    shareLevel: share.shareLevel,
    sessionId,
    user,
    group,
    serverUser: parts.serverUser,
    subdomain: share.subdomain,
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
    realUser: request.principal.user,
    ref: engineRef({ ...input, subdomain }),
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

/** Nobody may act for somebody else while nothing says who may. */
function requireNoProxy(user: string, proxyUser: string | undefined): void {
  if (proxyUser === undefined || proxyUser === user) return;
  throw new GatewayError(
    'PROXY_USER_DENIED',
    `Failed to validate proxy privilege of ${user} for ${proxyUser}`,
    {
      hint: 'This gateway knows no proxy users: connect as the user itself.',
    },
  );
}
