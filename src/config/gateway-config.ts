import type { Section, Settings } from './entry.ts';
import type { auditEntries } from './entries/audit.ts';
import type {
  authenticationEntries,
  engineSecurityEntries,
  passwordFileEntries,
  throttleEntries,
} from './entries/authentication.ts';
import type { clustersEntries } from './entries/clusters.ts';
import type { discoveryEntries, embeddedZookeeperEntries } from './entries/discovery.ts';
import type { engineLaunchEntries } from './entries/engine-launch.ts';
import type { engineShareEntries } from './entries/engine-share.ts';
import type { frontendTlsEntries } from './entries/frontend-tls.ts';
import type { frontendEntries } from './entries/frontend.ts';
import type { jdbcEntries } from './entries/jdbc.ts';
import type { jwtEntries } from './entries/jwt.ts';
import type { httpEntries } from './entries/http.ts';
import type { kerberosEntries } from './entries/kerberos.ts';
import type { ldapEntries } from './entries/ldap.ts';
import type { limitsEntries } from './entries/limits.ts';
import type { operationEntries } from './entries/operation.ts';
import type { logEntries, serverEntries } from './entries/server.ts';
import type { superuserEntries } from './entries/impersonation.ts';
import type { ProxyUserRules } from './proxy-user-rules.ts';
import type { restEntries } from './entries/rest.ts';
import type { reconcileEntries } from './entries/reconcile.ts';
import type { sessionEntries } from './entries/session.ts';
import type { spnegoEntries } from './entries/spnego.ts';
import type { zookeeperTlsEntries } from './entries/zookeeper-tls.ts';

export type FrontendConfig = Section<typeof frontendEntries>;
export type RestConfig = Section<typeof restEntries>;
export type HttpConfig = Section<typeof httpEntries>;
export type FrontendTlsConfig = Section<typeof frontendTlsEntries>;
export type AuthenticationConfig = Section<typeof authenticationEntries>;
/** `user` and `password` are what their settings refer to. */
export type JdbcConfig = Section<typeof jdbcEntries>;
export type JwtConfig = Section<typeof jwtEntries>;
export type PasswordFileConfig = Section<typeof passwordFileEntries>;
export type LdapConfig = Section<typeof ldapEntries>;
export type KerberosConfig = Section<typeof kerberosEntries>;
export type SpnegoConfig = Section<typeof spnegoEntries>;
export type ThrottleConfig = Section<typeof throttleEntries>;
export type ImpersonationConfig = Section<typeof superuserEntries>;
export type SessionConfig = Section<typeof sessionEntries>;
export type OperationConfig = Section<typeof operationEntries>;
export type LimitsConfig = Section<typeof limitsEntries>;
export type EngineShareConfig = Section<typeof engineShareEntries>;
export type ReconcileConfig = Section<typeof reconcileEntries>;
export type EngineLaunchConfig = Section<typeof engineLaunchEntries>;
/** `digest` is what its setting refers to. */
export type DiscoveryConfig = Section<typeof discoveryEntries>;
export type ZookeeperTlsConfig = Section<typeof zookeeperTlsEntries>;
export type ServerConfig = Section<typeof serverEntries>;
export type LogConfig = Section<typeof logEntries>;

/** `path` is absolute. */
export type ClustersConfig = Section<typeof clustersEntries>;

export interface EngineSecurityConfig extends Section<typeof engineSecurityEntries> {
  /** What the two keys that turn the token on come to. */
  readonly isTokenRequired: boolean;
  /** Absolute. */
  readonly masterSecretFile: string;
}

export interface AuditConfig extends Section<typeof auditEntries> {
  /** Absolute. */
  readonly path: string;
}

/** `dataDir` is absolute. */
export type EmbeddedZookeeperConfig = Section<typeof embeddedZookeeperEntries>;

/** Where things lie; all paths absolute. */
export interface InstallationConfig {
  readonly workDir: string;
  readonly cacheDir: string;
  readonly engineJar: string | undefined;
  readonly sparkHome: string | undefined;
  readonly javaHome: string | undefined;
}

/** What the gateway was told at its start. Each part is handed its section, never the whole. */
export interface GatewayConfig {
  readonly frontend: FrontendConfig;
  readonly http: HttpConfig;
  readonly rest: RestConfig;
  readonly frontendTls: FrontendTlsConfig;
  readonly authentication: AuthenticationConfig;
  readonly jdbc: JdbcConfig;
  readonly jwt: JwtConfig;
  readonly passwordFile: PasswordFileConfig;
  readonly ldap: LdapConfig;
  readonly kerberos: KerberosConfig;
  readonly spnego: SpnegoConfig;
  readonly throttle: ThrottleConfig;
  readonly impersonation: ImpersonationConfig;
  readonly proxyUsers: ProxyUserRules;
  readonly session: SessionConfig;
  readonly operation: OperationConfig;
  readonly limits: LimitsConfig;
  readonly engineShare: EngineShareConfig;
  readonly clusters: ClustersConfig;
  readonly engineLaunch: EngineLaunchConfig;
  readonly reconcile: ReconcileConfig;
  readonly engineSecurity: EngineSecurityConfig;
  readonly discovery: DiscoveryConfig;
  readonly zookeeperTls: ZookeeperTlsConfig;
  readonly embeddedZookeeper: EmbeddedZookeeperConfig;
  readonly server: ServerConfig;
  readonly log: LogConfig;
  readonly audit: AuditConfig;
  readonly installation: InstallationConfig;
}

export interface LoadedConfig {
  readonly config: GatewayConfig;
  /** All settings as they were written: the lowest layer of every session. */
  readonly settings: Settings;
  /** Settings of one user only, from `___user___.key` lines. */
  readonly userDefaults: ReadonlyMap<string, Settings>;
  /** The configuration file that was read; undefined where there was none. */
  readonly file: string | undefined;
  /** Folder of profile files. */
  readonly confDir: string;
  /** To be logged once, each a sentence. */
  readonly warnings: readonly string[];
  /** Keys of Kyuubi that are set and that this version makes no use of. */
  readonly unused: readonly string[];
}
