import { EngineDirectory } from './admin/engine-directory.ts';
import { LiveSessions } from './admin/live-sessions.ts';
import { reload } from './admin/reload.ts';
import type { GroupProvider } from './auth/group-provider.ts';
import type { LoginDesk } from './auth/login-desk.ts';
import type { LoadedConfig } from './config/gateway-config.ts';
import { statementRedactor } from './config/redaction.ts';
import type { Clock } from './core/clock.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { EngineClusters } from './engine/engine-clusters.ts';
import type { RestApi } from './frontend/rest/rest-api.ts';
import type { Sessions } from './session/sessions.ts';
import type { AuditLog } from './telemetry/audit-log.ts';
import type { Log } from './telemetry/log.ts';

/** What the HTTP API needs of a gateway. */
export interface RestSurroundings {
  readonly loaded: LoadedConfig;
  /** Reads the configuration again; throws CONFIG_INVALID. */
  readonly reload: () => LoadedConfig;
  readonly sessions: Sessions;
  readonly discovery: Discovery;
  readonly clusters: EngineClusters;
  readonly groups: GroupProvider;
  readonly logins: LoginDesk;
  readonly audit: AuditLog;
  /** `host:port` that Thrift clients are told of. */
  readonly instance: () => string;
  readonly osUser: string;
  /** This host's name, as launch intents carry it. */
  readonly host: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Undefined where kyuubi.frontend.protocols does not list REST: nothing of it is loaded then. */
export async function startRestApi(around: RestSurroundings): Promise<RestApi | undefined> {
  const { sessions, discovery, clusters, groups, logins, clock } = around;
  const { config, settings } = around.loaded;
  if (!config.frontend.protocols.some((name) => name.toUpperCase() === 'REST')) return undefined;
  const { namespace } = config.discovery;
  const { RestApi: Api } = await import('./frontend/rest/rest-api.ts');
  return Api.start({
    sessions: new LiveSessions(sessions),
    engines: new EngineDirectory({
      ...{ discovery, clusters, namespace, host: around.host },
      spaceVersion: config.engineShare.spaceVersion,
    }),
    gateways: () => discovery.servers(namespace),
    reload: (part) => reload(part, sessions, around.reload),
    administrators: config.server.administrators,
    actingFor: ({ principal, clientAddress }, user) =>
      logins.actingFor(principal, user, clientAddress),
    primaryGroupOf: async (user) => (await groups.groupsOf(user))[0],
    serverUser: around.osUser,
    shareLevel: config.engineShare.shareLevel,
    redact: statementRedactor(settings, config.server.redactionPattern),
    instance: around.instance,
    namespace,
    version: around.version,
    audit: around.audit,
    now: () => clock.now(),
    log: around.log,
  });
}
