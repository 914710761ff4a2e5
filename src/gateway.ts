import { lookup } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { GroupProvider } from './auth/group-provider.ts';
import { Impersonation } from './auth/impersonation.ts';
import { LoginDesk } from './auth/login-desk.ts';
import { LoginThrottle } from './auth/login-throttle.ts';
import { startLogins } from './auth/provider-table.ts';
import type { StartedLogins } from './auth/provider-table.ts';
import { UserNames } from './auth/user-names.ts';
import type { Environment } from './config/environment.ts';
import type { FrontendConfig, HttpConfig, LoadedConfig } from './config/gateway-config.ts';
import { isSecretKey } from './config/key-audience.ts';
import { statementRedactor } from './config/redaction.ts';
import { sessionDefaultsOf } from './config/session-settings.ts';
import { SessionProfiles } from './config/session-profiles.ts';
import type { Clock } from './core/clock.ts';
import { GatewayError, toGatewayError } from './core/errors.ts';
import type { Discovery, ServerRegistration } from './discovery/discovery.ts';
import { engineDiscoveryConf } from './discovery/engine-discovery-conf.ts';
import { publishedConfigs } from './discovery/published-configs.ts';
import { EmbeddedZooKeeper } from './discovery/zookeeper/embedded-zookeeper.ts';
import { ZooKeeperDiscovery } from './discovery/zookeeper/zookeeper-discovery.ts';
import { EngineClusters } from './engine/engine-clusters.ts';
import { EngineOpener } from './engine/engine-opener.ts';
import type { EngineRef } from './engine/engine-ref.ts';
import type { EngineSettings } from './engine/engines.ts';
import { Engines } from './engine/engines.ts';
import { masterSecret } from './engine/master-secret.ts';
import { LaneBuffers } from './engine/lane-buffers.ts';
import { LoginCookies } from './frontend/thrift/http/login-cookie.ts';
import type { CookieSettings } from './frontend/thrift/http/login-cookie.ts';
import { engineJarOf } from './gateway-engine-jar.ts';
import { GatewayClusters } from './gateway-clusters.ts';
import type { ClusterKind } from './gateway-clusters.ts';
import { engineEndEvent } from './gateway-engine-end.ts';
import { startRestApi } from './gateway-rest.ts';
import { ThriftFrontend } from './frontend/thrift/thrift-frontend.ts';
import { LocalLauncher } from './launch/local/local-launcher.ts';
import { mainResourceOf } from './launch/main-resource.ts';
import { RateBuckets } from './launch/rate-bucket.ts';
import type { EngineLauncher } from './launch/launcher.ts';
import { Operations } from './operation/operations.ts';
import { Sessions } from './session/sessions.ts';
import type { ClusterSpec } from './preset/cluster-spec.ts';
import { ConfiguredPlacements } from './preset/configured-placements.ts';
import type { Placements } from './preset/placement.ts';
import { lazySource } from './preset/secrets/lazy-source.ts';
import { environmentSecrets } from './preset/secrets/local/environment-secrets.ts';
import { fileSecrets } from './preset/secrets/local/file-secrets.ts';
import { SecretResolver } from './preset/secrets/secret-resolver.ts';
import { AuditLog } from './telemetry/audit-log.ts';
import type { Log } from './telemetry/log.ts';
import { startFrontendTls } from './tls/frontend-tls.ts';
import { startZooKeeperTls } from './tls/zookeeper-tls.ts';

/** Version that is registered, and told where the gateway answers GetInfo itself. */
const gatewayVersion = '0.1.0';

/** AES key length of engine tokens; our engines are told, so both ends agree. */
const tokenKeyLengthBits = 256;
/** Connections of one session to its engine at most. */
const maxLanes = 8;
/** A second connection that was idle for this long is closed. */
const spareLaneIdleMs = 10_000;

export interface GatewayOptions {
  readonly loaded: LoadedConfig;
  readonly environment: Environment;
  readonly osUser: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Told when somebody has taken the gateway's node away and its last session has ended. */
  readonly onDrained: () => void;
  /** Reads the configuration again; throws CONFIG_INVALID. */
  readonly reload: () => LoadedConfig;
  /** Stands between the gateway and what it asks, where one engine is started to be looked at. */
  readonly probe?: {
    readonly placements: (placements: Placements) => Placements;
    readonly launcher: (launcher: EngineLauncher) => EngineLauncher;
  };
}

/** What is printed when the gateway serves. */
export interface ReadyEvent {
  readonly event: 'ready';
  readonly version: string;
  readonly pid: number;
  /** `host:port` for Thrift clients. */
  readonly thrift: string;
  /** `host:port` of the HTTP API, where there is one. */
  readonly rest?: string;
  /** Connection string of the ZooKeeper in use. */
  readonly zookeeper: string;
}

/** What decides and tells who does what. */
interface People {
  readonly groups: GroupProvider;
  readonly impersonation: Impersonation;
  readonly audit: AuditLog;
}

/** Where engines are found and started. */
interface Places {
  readonly discovery: Discovery;
  readonly clusters: EngineClusters;
  readonly placements: Placements | undefined;
}

/** All of a gateway behind its doors. */
interface Inside {
  readonly audit: AuditLog;
  readonly logins: StartedLogins;
  readonly discovery: Discovery;
  readonly zookeeper: ZooKeeperInUse;
  readonly secret: string;
  readonly operations: Operations;
  readonly sessions: Sessions;
  readonly names: UserNames;
  readonly impersonation: Impersonation;
  readonly groups: GroupProvider;
  readonly clusters: EngineClusters;
}

interface ZooKeeperInUse {
  readonly addresses: string;
  readonly isEmbedded: boolean;
}

/** Makes every part, in order, and ends them in the reverse order. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #stops: (() => Promise<void>)[] = [];
  /** Calls of AWS: all clusters of an account and region share its rates. */
  readonly #awsBuckets: RateBuckets;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#awsBuckets = new RateBuckets(options.clock);
  }

  /** Sessions and all that they need: no doors, and nobody is told that the gateway is there. */
  async startWithoutDoors(signal: AbortSignal): Promise<Sessions> {
    const { sessions } = await this.#startInside(() => 'nowhere', signal);
    this.#stops.push(() => sessions.stop());
    return sessions;
  }

  async start(signal: AbortSignal): Promise<ReadyEvent> {
    const { loaded, environment, osUser, clock, log } = this.#options;
    const { config } = loaded;
    const { http } = config;
    const tls = await startFrontendTls(config.frontendTls, environment, log);
    this.#stops.push(() => Promise.resolve(tls?.stop()));
    const connectionUrl = (): string => advertisedUrl(config.frontend, frontend);
    const inside = await this.#startInside(connectionUrl, signal);
    const { audit, logins, discovery, zookeeper, secret, operations, sessions } = inside;
    const { names, impersonation } = inside;
    const desk = new LoginDesk({
      logins,
      throttle: new LoginThrottle(config.throttle, clock),
      impersonation,
      names,
      audit,
      clock,
    });
    const api = await startRestApi({
      ...{ loaded, sessions, discovery, audit, osUser, clock, log },
      ...{ clusters: inside.clusters, groups: inside.groups, logins: desk },
      reload: this.#options.reload,
      host: hostname(),
      instance: connectionUrl,
      version: gatewayVersion,
    });
    this.#stops.push(async () => api?.stop());

    const frontend = new ThriftFrontend({
      config: config.frontend,
      http,
      cookies: http.hasCookies ? new LoginCookies(secret, cookieSettings(http)) : undefined,
      tls: tls && { server: tls, config: config.frontendTls },
      rest: api && { config: config.rest, api },
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
        version: gatewayVersion,
      },
      clock,
      log,
    });
    this.#stops.push(
      () => frontend.stop(config.server.stopTimeoutMs),
      () => sessions.stop(),
    );
    await frontend.start();
    this.#stops.push(() => Promise.resolve(frontend.close()));
    const registration = await this.#register(
      discovery,
      frontend,
      () => void this.#drain(sessions),
    );
    this.#stops.push(() => registration.unregister());
    const { restAddress } = frontend;
    const rest = restAddress && { rest: `${restAddress.host}:${restAddress.port}` };
    const doors = { thrift: connectionUrl(), ...rest };
    log.info({ ...doors, zookeeper: zookeeper.addresses }, 'gateway ready');
    return {
      event: 'ready',
      version: gatewayVersion,
      pid: process.pid,
      ...doors,
      zookeeper: zookeeper.addresses,
    };
  }

  async #startInside(connectionUrl: () => string, signal: AbortSignal): Promise<Inside> {
    const { loaded, clock, log, environment } = this.#options;
    const { config } = loaded;
    const audit = await AuditLog.start({
      config: config.audit,
      redact: statementRedactor(loaded.settings, config.server.redactionPattern),
      clock,
      log,
    });
    this.#stops.push(() => audit.stop());
    const logins = await startLogins({ config, environment, clock, log });
    this.#stops.push(() => logins.stop());
    const zookeeperTls = await startZooKeeperTls(config.zookeeperTls, environment, log);
    this.#stops.push(() => Promise.resolve(zookeeperTls?.stop()));
    const zookeeper = await this.#zookeeper(signal);
    const newDiscovery = (addresses: string): Discovery =>
      new ZooKeeperDiscovery({
        addresses,
        sessionTimeoutMs: config.discovery.sessionTimeoutMs,
        connectionTimeoutMs: config.discovery.connectionTimeoutMs,
        auth:
          config.discovery.authType === 'DIGEST' && config.discovery.digest !== undefined
            ? { type: 'digest', digest: config.discovery.digest }
            : { type: 'none' },
        tls: zookeeperTls,
        clock,
        log,
      });
    const discovery = newDiscovery(zookeeper.addresses);
    this.#stops.push(() => discovery.stop());
    await discovery.start(signal);

    const placements = await this.#placements();
    const launcher = this.#launcher();
    await launcher.start();
    const isEmbedded = zookeeper.isEmbedded;
    this.#stops.push(() =>
      launcher.stopAll(isEmbedded ? 'all' : 'unfinished', clock.now() + stopLimitMs),
    );

    const { engineSecurity } = config;
    const secret =
      engineSecurity.simpleSecret ?? (await masterSecret(engineSecurity.masterSecretFile));
    const operations = new Operations();
    const newEngines = (settings: EngineSettings): Engines =>
      new Engines({ discovery, launcher: this.#watched(launcher), clock, settings });
    const settingsOf = (spec?: ClusterSpec): EngineSettings =>
      this.#engineSettings(zookeeper, secret, placements, spec);
    const clusters = new EngineClusters(newEngines(settingsOf()));
    if (placements !== undefined) {
      const onClusters = new GatewayClusters({
        placements,
        engines: clusters,
        discovery,
        newDiscovery,
        settingsOf,
        kindOf: (spec, fleet) => this.#clusterKind(spec, fleet),
        ownEngines: (_spec, settings) => newEngines(settings),
        watched: (clusterLauncher) => this.#watched(clusterLauncher),
        namespace: config.discovery.namespace,
        spaceVersion: config.engineShare.spaceVersion,
        reconcile: config.reconcile,
        secretKeys: config.server.redactionPattern,
        serverOnlyPrefixes: config.server.serverOnlyPrefixes,
        tellBill: audit.isOn
          ? (cluster, bill) => audit.keep(engineEndEvent(cluster, bill))
          : undefined,
        clock,
        log,
      });
      this.#stops.push(() => onClusters.stop());
      await onClusters.start();
    }
    const { groups } = logins;
    const { shortNames } = config.authentication;
    const names = new UserNames(shortNames);
    const impersonation = new Impersonation({
      rules: config.proxyUsers,
      superusers: config.impersonation.superusers,
      groups,
      shortNames,
      lookup: async (name) => (await lookup(name, { all: true })).map((found) => found.address),
      audit,
    });
    const people = { groups, impersonation, audit };
    const places = { discovery, clusters, placements };
    const sessions = this.#sessions(places, operations, people, connectionUrl);
    sessions.start();

    return {
      ...{ audit, logins, discovery, zookeeper, secret, operations, sessions },
      ...{ names, impersonation, groups, clusters },
    };
  }

  /** Ends what was started; each part has its own limit, and one that fails keeps no other from ending. */
  async stop(): Promise<void> {
    const { log } = this.#options;
    for (const stop of this.#stops.splice(0).toReversed()) {
      await stop().catch((thrown: unknown) =>
        log.warn({ err: toGatewayError(thrown) }, 'stop failed'),
      );
    }
    log.info({}, 'gateway stopped');
  }

  /** The site's ZooKeeper, or one of our own where none is configured. */
  async #zookeeper(signal: AbortSignal): Promise<ZooKeeperInUse> {
    const { loaded, environment, clock, log } = this.#options;
    const { config } = loaded;
    if (config.discovery.addresses !== undefined)
      return { addresses: config.discovery.addresses, isEmbedded: false };
    const { clientPort, clientPortAddress, dataDir } = config.embeddedZookeeper;
    const zookeeper = new EmbeddedZooKeeper({ environment, clock, log });
    this.#stops.push(() => zookeeper.stop(stopLimitMs));
    const { port } = await zookeeper.start({
      javaCommand: this.#java(),
      classPath: [this.#engineJar(), join(this.#sparkHome(), 'jars', '*')],
      host: clientPortAddress,
      port: clientPort,
      dataDir,
      signal,
    });
    void zookeeper.exited.then((exit) => {
      if (!exit.isExpected) log.error({ exit }, 'embedded ZooKeeper ended');
    });
    return { addresses: `${clientPortAddress}:${port}`, isEmbedded: true };
  }

  #launcher(): LocalLauncher {
    const { loaded, environment, osUser, clock, log } = this.#options;
    const { installation, engineLaunch, server } = loaded.config;
    return new LocalLauncher({
      sparkHome: this.#sparkHome(),
      javaHome: installation.javaHome,
      workRoot: installation.workDir,
      cacheDir: installation.cacheDir,
      mainResource: this.#engineJar(),
      baseEnvironment: environment,
      osUser,
      startupLimit: engineLaunch.startupLimit,
      secretKeys: server.redactionPattern,
      serverOnlyPrefixes: server.serverOnlyPrefixes,
      clock,
      log,
    });
  }

  #watched(launcher: EngineLauncher): EngineLauncher {
    return this.#options.probe?.launcher(launcher) ?? launcher;
  }

  /** Undefined where no clusters and presets are configured. */
  async #placements(): Promise<Placements | undefined> {
    const { loaded, environment, clock, log } = this.#options;
    const { clusters, server } = loaded.config;
    if (clusters.path === undefined) return undefined;
    const secrets = new SecretResolver({
      sources: {
        secretsmanager: lazySource('secretsmanager', async () =>
          (await import('./preset/secrets/aws/aws-secrets.ts')).secretsManagerSecrets(),
        ),
        ssm: lazySource('ssm', async () =>
          (await import('./preset/secrets/aws/aws-secrets.ts')).parameterStoreSecrets(),
        ),
        kubernetes: lazySource('kubernetes', async () =>
          (await import('./preset/secrets/kubernetes/kubernetes-secrets.ts')).kubernetesSecrets(),
        ),
        file: fileSecrets,
        env: environmentSecrets(environment),
      },
      limitMs: clusters.secretLimitMs,
      cacheMs: clusters.secretCacheMs,
      clock,
    });
    const placements = new ConfiguredPlacements({
      path: clusters.path,
      reloadMs: clusters.reloadMs,
      secrets,
      isSecret: (key) => isSecretKey(key, server.redactionPattern),
      clock,
      log,
    });
    this.#stops.push(() => placements.stop());
    await placements.start();
    return this.#options.probe?.placements(placements) ?? placements;
  }

  /** Loads what the kind needs: the clients of clusters are large, and a gateway without such a cluster does without. */
  async #clusterKind(spec: ClusterSpec, fleet: string): Promise<ClusterKind | undefined> {
    const { loaded, environment, osUser, clock } = this.#options;
    const { installation, server } = loaded.config;
    switch (spec.kind) {
      case 'local':
        return undefined;
      case 'yarn': {
        const { YarnPlatform } = await import('./launch/yarn/yarn-platform.ts');
        return {
          platform: new YarnPlatform({
            spec,
            fleet,
            sparkHome: installation.sparkHome,
            javaHome: installation.javaHome,
            cacheDir: installation.cacheDir,
            baseEnvironment: environment,
            osUser,
            clock,
          }),
          kindConf: new Map([
            ['spark.master', 'yarn'],
            ['spark.submit.deployMode', 'cluster'],
          ]),
          mainOf: (conf) => mainResourceOf(conf, this.#engineJar(), existsSync),
        };
      }
      case 'kubernetes': {
        const { KubernetesPlatform } = await import('./launch/kubernetes/kubernetes-platform.ts');
        return {
          platform: new KubernetesPlatform({ spec, fleet, clock }),
          // The launcher makes the address of it that pods use.
          kindConf: new Map([['spark.master', 'k8s']]),
          // What a session names has to be in the image or in an object store: the gateway can't look.
          mainOf: (conf) => mainResourceOf(conf, spec.engineJar, () => false),
        };
      }
      case 'emr-serverless': {
        const { EmrServerlessPlatform } =
          await import('./launch/emr-serverless/emr-serverless-platform.ts');
        return {
          platform: new EmrServerlessPlatform({
            spec,
            fleet,
            buckets: this.#awsBuckets,
            secretKeys: server.redactionPattern,
            clock,
          }),
          // EMR knows its own master: the name only keeps settings of other kinds out.
          kindConf: new Map([['spark.master', 'emr-serverless']]),
          mainOf: (conf) => mainResourceOf(conf, spec.engineJar, () => false),
        };
      }
      case 'emr-eks': {
        const { EmrEksPlatform } = await import('./launch/emr-eks/emr-eks-platform.ts');
        return {
          platform: new EmrEksPlatform({
            spec,
            fleet,
            buckets: this.#awsBuckets,
            secretKeys: server.redactionPattern,
            clock,
          }),
          kindConf: new Map([['spark.master', 'emr-eks']]), // as above
          mainOf: (conf) => mainResourceOf(conf, spec.engineJar, () => false),
        };
      }
      case 'emr-ec2': {
        const { EmrEc2Platform } = await import('./launch/emr-ec2/emr-ec2-platform.ts');
        return {
          platform: new EmrEc2Platform({
            spec,
            fleet,
            buckets: this.#awsBuckets,
            secretKeys: server.redactionPattern,
            clock,
          }),
          kindConf: new Map([
            ['spark.master', 'yarn'],
            ['spark.submit.deployMode', 'cluster'],
          ]),
          mainOf: (conf) => mainResourceOf(conf, spec.engineJar, () => false),
        };
      }
    }
  }

  #engineSettings(
    zookeeper: ZooKeeperInUse,
    secret: string,
    placements: Placements | undefined,
    spec: ClusterSpec | undefined,
  ): EngineSettings {
    const isHere = spec === undefined || spec.kind === 'local';
    const ensemble = {
      addresses: spec?.zookeeper ?? zookeeper.addresses,
      isOfThisHost: isHere && zookeeper.isEmbedded,
    };
    const { config } = this.#options.loaded;
    const { engineLaunch, server } = config;
    return {
      masterSecret: secret,
      host: hostname(),
      reregisterWaitMs: engineLaunch.reregisterWaitMs,
      isSecret: (key) => isSecretKey(key, server.redactionPattern),
      cluster: isHere ? undefined : spec.name,
      resolveSecrets: (conf, references, signal) =>
        placements?.resolve(conf, references, signal) ??
        Promise.resolve({ conf, secretKeys: new Set() }),
      launchConf: (ref) => this.#launchConf(ref, ensemble),
    };
  }

  /** What every engine is told by the gateway; it overrides what anybody else set. */
  #launchConf(
    ref: EngineRef,
    ensemble: { readonly addresses: string; readonly isOfThisHost: boolean },
  ): ReadonlyMap<string, string> {
    const { loaded, environment } = this.#options;
    const { engineSecurity, discovery, zookeeperTls } = loaded.config;
    const places = { environment, currentDir: process.cwd() };
    return new Map([
      ...engineDiscoveryConf(discovery, zookeeperTls, places),
      ['kyuubi.ha.addresses', ensemble.addresses],
      ['kyuubi.ha.namespace', ref.paths.space],
      ['kyuubi.engine.share.level', ref.shareLevel],
      ['kyuubi.engine.security.enabled', String(engineSecurity.isTokenRequired)],
      ['kyuubi.internal.security.enabled', String(engineSecurity.isTokenRequired)],
      ['kyuubi.engine.security.crypto.keyLength', String(tokenKeyLengthBits)],
      ['torii.engine.tls', engineSecurity.engineTls],
      ['torii.engine.version', gatewayVersion],
      // On a laptop nobody else is to reach the engine, and it has nothing to live for once the ZooKeeper has gone.
      ...(ensemble.isOfThisHost
        ? ([
            ['torii.engine.bind.host', '127.0.0.1'],
            ['torii.engine.advertised.host', '127.0.0.1'],
            ['torii.engine.discovery.loss.timeout', 'PT20S'],
          ] as const)
        : []),
    ]);
  }

  #sessions(
    { discovery, clusters, placements }: Places,
    operations: Operations,
    { groups, impersonation, audit }: People,
    connectionUrl: () => string,
  ): Sessions {
    const { loaded, osUser, clock, log } = this.#options;
    const { config, confDir } = loaded;
    const { engineSecurity, engineLaunch, session, frontend, server, limits } = config;
    const opener = new EngineOpener(clusters, clock, {
      maxAttempts: engineLaunch.openMaxAttempts,
      retryWaitMs: engineLaunch.openRetryWaitMs,
      onFailure: engineLaunch.openOnFailure,
      token: engineSecurity.isTokenRequired
        ? { keyLengthBits: tokenKeyLengthBits, lifetimeMs: engineSecurity.tokenLifetimeMs }
        : undefined,
      tls: engineSecurity.engineTls,
      lanes: {
        connectTimeoutMs: engineLaunch.loginTimeoutMs,
        maxReplyBytes: frontend.maxEngineMessageBytes,
        buffers: new LaneBuffers(),
        maxLanes,
        spareLaneIdleMs,
      },
    });
    return new Sessions({
      planner: {
        defaults: sessionDefaultsOf(loaded),
        profiles: new SessionProfiles({ confDir, reloadMs: session.profileReloadMs }, clock),
        groups,
        impersonation,
        placements,
        counter: discovery,
        administrators: server.administrators,
        namespace: config.discovery.namespace,
        serverUser: osUser,
      },
      opener,
      clusters,
      operations,
      limits,
      checkIntervalMs: session.checkIntervalMs,
      connectionUrl,
      serverAddress: firstAddress(),
      audit,
      clock,
      log,
    });
  }

  /** Deleting a gateway's node is how it is retired: sessions go on, and the last one takes the gateway with it. */
  async #drain(sessions: Sessions): Promise<void> {
    const { clock, log, onDrained } = this.#options;
    log.info({ sessions: sessions.size }, 'gateway retired');
    while (sessions.size > 0) await clock.sleep(drainPollMs);
    onDrained();
  }

  #register(
    discovery: Discovery,
    frontend: ThriftFrontend,
    onRetired: () => void,
  ): Promise<ServerRegistration> {
    const { config } = this.#options.loaded;
    const { discovery: settings, frontend: door } = config;
    const [host = '', port = ''] = advertisedUrl(door, frontend).split(/:(?=\d+$)/);
    const node = { host, port: Number(port), version: gatewayVersion, onRetired };
    if (!settings.publishesConfigs) return discovery.registerServer(settings.namespace, node);
    return discovery.registerServer(settings.namespace, {
      ...node,
      publishedConfigs: publishedConfigs(config, host, port),
    });
  }

  #sparkHome(): string {
    const { sparkHome } = this.#options.loaded.config.installation;
    if (sparkHome !== undefined) return sparkHome;
    throw new GatewayError('CONFIG_INVALID', 'no Spark installation is known', {
      hint: 'Set torii.spark.home or SPARK_HOME; npm start fetches one by itself.',
    });
  }

  #engineJar(): string {
    const { loaded, environment } = this.#options;
    return engineJarOf(loaded.config.installation, environment);
  }

  #java(): string {
    const { javaHome } = this.#options.loaded.config.installation;
    return javaHome === undefined ? 'java' : join(javaHome, 'bin', 'java');
  }
}

/** How often a retired gateway looks whether its last session has ended. */
const drainPollMs = 1000;
/** How long launches, engines and the embedded ZooKeeper have to end. */
const stopLimitMs = 10_000;

function cookieSettings(http: HttpConfig): CookieSettings {
  return {
    maxAgeMs: http.cookieMaxAgeMs,
    domain: http.cookieDomain,
    path: http.cookiePath,
    isHttpOnly: http.isHttpOnly,
  };
}

/** `host:port` that clients are told (kyuubi-contract 2.12). */
function advertisedUrl(config: FrontendConfig, door: ThriftFrontend): string {
  const { host, port } = door.address;
  const isAny = host === '0.0.0.0' || host === '::';
  const own = isAny ? (config.advertisesHostName ? hostname() : firstAddress()) : config.bindHost;
  return `${config.advertisedHost ?? own}:${port}`;
}

/** An address of this host that others can use, where it has one. */
function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find((each) => each.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.1';
}
