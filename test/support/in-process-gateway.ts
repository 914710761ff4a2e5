import type { Logins } from '../../src/auth/auth-provider.ts';
import { Impersonation } from '../../src/auth/impersonation.ts';
import { LoginDesk } from '../../src/auth/login-desk.ts';
import { LoginThrottle } from '../../src/auth/login-throttle.ts';
import { startLogins } from '../../src/auth/provider-table.ts';
import { UserNames } from '../../src/auth/user-names.ts';
import type { LoadedConfig } from '../../src/config/gateway-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { statementRedactor } from '../../src/config/redaction.ts';
import { sessionDefaultsOf } from '../../src/config/session-settings.ts';
import { SessionProfiles } from '../../src/config/session-profiles.ts';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/clock.ts';
import { EngineClusters } from '../../src/engine/engine-clusters.ts';
import { EngineOpener } from '../../src/engine/engine-opener.ts';
import { Engines } from '../../src/engine/engines.ts';
import { LaneBuffers } from '../../src/engine/lane-buffers.ts';
import { LoginCookies } from '../../src/frontend/thrift/http/login-cookie.ts';
import { ThriftFrontend } from '../../src/frontend/thrift/thrift-frontend.ts';
import { startRestApi } from '../../src/gateway-rest.ts';
import { Operations } from '../../src/operation/operations.ts';
import { Sessions } from '../../src/session/sessions.ts';
import { AuditLog } from '../../src/telemetry/audit-log.ts';
import { createLog } from '../../src/telemetry/log.ts';
import type { Log } from '../../src/telemetry/log.ts';
import { startFrontendTls } from '../../src/tls/frontend-tls.ts';
import type { ServerTls } from '../../src/tls/server-tls.ts';
import { fakeDiscovery, newFakeStore } from './fake-discovery.ts';
import type { FakeStore } from './fake-discovery.ts';
import { FakeLauncher, registerEngine } from './fake-launcher.ts';
import { requireCleanFile } from './secret-search.ts';
import { newSecret } from './secrets.ts';

/** The same for all gateways of one process, as for those of one fleet. */
const masterSecret = newSecret();

export interface InProcessOptions {
  /** Settings, as `--conf` would give them. */
  readonly conf?: Readonly<Record<string, string>>;
  /** Port of what plays the engine; a launch registers it at once. Undefined: launches are the test's to answer. */
  readonly enginePort?: number;
  /** Errors go to standard error unless given. */
  readonly log?: Log;
  readonly clock?: Clock;
  /** What a reload of the configuration finds; as it was unless given. */
  readonly reload?: () => LoadedConfig;
  /** In place of what the configuration says. */
  readonly logins?: Logins;
}

/** The gateway's own parts on an in-memory discovery, so that a test can play engine, launcher and accidents. */
export interface InProcessGateway {
  readonly port: number;
  readonly store: FakeStore;
  readonly launcher: FakeLauncher;
  readonly sessions: Sessions;
  readonly operations: Operations;
  readonly frontend: ThriftFrontend;
  readonly tls: ServerTls | undefined;
  stop(): Promise<void>;
}

export async function startInProcess(options: InProcessOptions = {}): Promise<InProcessGateway> {
  const conf = {
    'kyuubi.frontend.thrift.binary.bind.port': '0',
    'kyuubi.session.engine.open.retry.wait': 'PT0.05S',
    ...options.conf,
  };
  const loaded = loadConfig({
    environment: {},
    currentDir: '/nonexistent',
    confArguments: Object.entries(conf).map(([key, value]) => `${key}=${value}`),
  });
  const { config, confDir } = loaded;
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog({ level: 'error', format: 'json' });
  const audit = await AuditLog.start({
    config: config.audit,
    redact: statementRedactor(loaded.settings, config.server.redactionPattern),
    clock,
    log,
  });
  const tls = await startFrontendTls(config.frontendTls, {}, log);
  const logins = await startLogins({ config, environment: {}, clock, log });
  const { groups } = logins;
  const { shortNames } = config.authentication;
  const names = new UserNames(shortNames);
  const impersonation = new Impersonation({
    rules: config.proxyUsers,
    superusers: config.impersonation.superusers,
    groups,
    shortNames,
    lookup: () => Promise.resolve([]),
    audit,
  });
  const store = newFakeStore();
  const launcher = new FakeLauncher();
  const { enginePort } = options;
  if (enginePort !== undefined) {
    launcher.onSubmit = (request) =>
      registerEngine(store, request, request.conf.get('torii.engine.intent.path'), enginePort);
  }
  const discovery = await fakeDiscovery(store);
  const engines = new Engines({
    discovery,
    launcher,
    clock,
    settings: {
      masterSecret,
      host: 'here',
      reregisterWaitMs: 50,
      isSecret: () => false,
      cluster: undefined,
      resolveSecrets: (resolved) => Promise.resolve({ conf: resolved, secretKeys: new Set() }),
      launchConf: (ref) => new Map([['kyuubi.ha.namespace', ref.paths.space]]),
    },
  });
  const clusters = new EngineClusters(engines);
  const opener = new EngineOpener(clusters, clock, {
    maxAttempts: config.engineLaunch.openMaxAttempts,
    retryWaitMs: config.engineLaunch.openRetryWaitMs,
    onFailure: config.engineLaunch.openOnFailure,
    token: { keyLengthBits: 128, lifetimeMs: 60_000 },
    tls: 'auto',
    lanes: {
      connectTimeoutMs: 2000,
      maxReplyBytes: 1 << 30,
      buffers: new LaneBuffers(),
      maxLanes: 8,
      spareLaneIdleMs: 200,
    },
  });
  const operations = new Operations();
  const sessions = new Sessions({
    planner: {
      defaults: sessionDefaultsOf(loaded),
      profiles: new SessionProfiles({ confDir, reloadMs: 1000 }, clock),
      groups,
      impersonation,
      placements: undefined,
      counter: discovery,
      administrators: config.server.administrators,
      namespace: config.discovery.namespace,
      serverUser: 'gateway',
    },
    opener,
    clusters,
    operations,
    limits: config.limits,
    checkIntervalMs: config.session.checkIntervalMs,
    connectionUrl: () => '127.0.0.1:0',
    serverAddress: '127.0.0.1',
    audit,
    clock,
    log,
  });
  sessions.start();
  const desk = new LoginDesk({
    logins: options.logins ?? logins,
    throttle: new LoginThrottle(config.throttle, clock),
    impersonation,
    names,
    audit,
    clock,
  });
  const api = await startRestApi({
    ...{ loaded, sessions, discovery, clusters, groups, audit, clock, log },
    logins: desk,
    reload: options.reload ?? (() => loaded),
    instance: () => '127.0.0.1:0',
    osUser: 'gateway',
    host: 'here',
    version: '0',
  });
  const frontend = new ThriftFrontend({
    config: config.frontend,
    http: config.http,
    rest: api && { config: config.rest, api },
    cookies: config.http.hasCookies
      ? new LoginCookies(masterSecret, {
          maxAgeMs: config.http.cookieMaxAgeMs,
          domain: undefined,
          path: undefined,
          isHttpOnly: true,
        })
      : undefined,
    tls: tls && { server: tls, config: config.frontendTls },
    logins: desk,
    parts: {
      sessions,
      operations,
      names,
      administrators: config.server.administrators,
      audit,
      clock,
      defaultFetchRows: config.frontend.defaultFetchRows,
      fetchMaxRows: config.limits.fetchMaxRows,
      version: '0',
    },
    clock,
    log,
  });
  await frontend.start();
  return {
    port: frontend.address.port,
    store,
    launcher,
    sessions,
    operations,
    frontend,
    tls,
    stop: async () => {
      frontend.close();
      await sessions.stop();
      await frontend.stop(1000);
      await api?.stop();
      await discovery.stop();
      await logins.stop();
      tls?.stop();
      await audit.stop();
      if (config.audit.destination === 'file') requireCleanFile(config.audit.path);
    },
  };
}
