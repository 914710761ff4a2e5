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
  readonly impersonation: Impersonation;
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
  const user = await userOf(request, client.proxyUser, sessionId, parts.impersonation);
  const advisor = await parts.profiles.read(profilesOf(client, user, parts.defaults));
  const settings = mergeSessionSettings(client, user, advisor, parts.defaults);
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
  const ownGroups = user === principal.user ? principal.groups : undefined;
  const [group] = ownGroups ?? (await parts.groups.groupsOf(user));
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
    realUser: principal.user,
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

/** As whom the session runs: as whom its connection acts, as whom the client asks to, or as who it is. */
async function userOf(
  { principal, clientAddress }: OpenRequest,
  proxyUser: string | undefined,
  sessionId: string,
  impersonation: Impersonation,
): Promise<string> {
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
  return impersonation.userFor({ realUser, wanted: proxyUser, clientAddress, session: sessionId });
}
