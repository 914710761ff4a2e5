import { join, resolve } from 'node:path';
import { GatewayError } from '../core/errors.ts';
import { auditEntries } from './entries/audit.ts';
import {
  authenticationEntries,
  engineSecurityEntries,
  passwordFileEntries,
  throttleEntries,
} from './entries/authentication.ts';
import { clustersEntries } from './entries/clusters.ts';
import { discoveryEntries, embeddedZookeeperEntries } from './entries/discovery.ts';
import { engineLaunchEntries } from './entries/engine-launch.ts';
import { engineOwnEntries } from './entries/engine-own.ts';
import { engineShareEntries } from './entries/engine-share.ts';
import { frontendTlsEntries } from './entries/frontend-tls.ts';
import { frontendEntries } from './entries/frontend.ts';
import { httpEntries } from './entries/http.ts';
import { superuserEntries } from './entries/impersonation.ts';
import { installationEntries } from './entries/installation.ts';
import { jdbcEntries } from './entries/jdbc.ts';
import { jwtEntries } from './entries/jwt.ts';
import { kerberosEntries } from './entries/kerberos.ts';
import { ldapEntries } from './entries/ldap.ts';
import { limitsEntries } from './entries/limits.ts';
import { operationEntries } from './entries/operation.ts';
import { logEntries, serverEntries } from './entries/server.ts';
import { restEntries } from './entries/rest.ts';
import { reconcileEntries } from './entries/reconcile.ts';
import { sessionEntries } from './entries/session.ts';
import { spnegoEntries } from './entries/spnego.ts';
import { zookeeperTlsEntries } from './entries/zookeeper-tls.ts';
import { readSection, type Settings } from './entry.ts';
import type { Environment } from './environment.ts';
import type {
  AuditConfig,
  ClustersConfig,
  DiscoveryConfig,
  EngineSecurityConfig,
  GatewayConfig,
  InstallationConfig,
  JdbcConfig,
  ZookeeperTlsConfig,
} from './gateway-config.ts';
import { readProxyUserRules } from './proxy-user-rules.ts';
import { followReference } from './secret-reference.ts';

/** What relative paths and unset ones are completed from. */
export interface Surroundings {
  readonly environment: Environment;
  readonly currentDir: string;
}

export function readSections(settings: Settings, around: Surroundings): GatewayConfig {
  const installation = installationOf(settings, around);
  const zookeeper = readSection(embeddedZookeeperEntries, settings);
  readSection(engineOwnEntries, settings); // engines would fail one by one where the gateway can say it once
  return Object.freeze({
    frontend: readSection(frontendEntries, settings),
    http: readSection(httpEntries, settings),
    rest: readSection(restEntries, settings),
    frontendTls: readSection(frontendTlsEntries, settings),
    authentication: readSection(authenticationEntries, settings),
    jdbc: jdbcOf(settings, around),
    jwt: readSection(jwtEntries, settings),
    passwordFile: readSection(passwordFileEntries, settings),
    ldap: readSection(ldapEntries, settings),
    kerberos: readSection(kerberosEntries, settings),
    spnego: readSection(spnegoEntries, settings),
    throttle: readSection(throttleEntries, settings),
    impersonation: readSection(superuserEntries, settings),
    proxyUsers: readProxyUserRules(settings),
    session: readSection(sessionEntries, settings),
    operation: readSection(operationEntries, settings),
    limits: readSection(limitsEntries, settings),
    engineShare: readSection(engineShareEntries, settings),
    clusters: clustersOf(settings, around),
    engineLaunch: readSection(engineLaunchEntries, settings),
    reconcile: readSection(reconcileEntries, settings),
    engineSecurity: engineSecurityOf(settings, installation),
    discovery: discoveryOf(settings, around),
    zookeeperTls: zookeeperTlsOf(settings),
    embeddedZookeeper: Object.freeze({
      ...zookeeper,
      dataDir: resolve(installation.workDir, zookeeper.dataDir),
    }),
    server: readSection(serverEntries, settings),
    log: readSection(logEntries, settings),
    audit: auditOf(settings, installation),
    installation,
  });
}

function installationOf(settings: Settings, around: Surroundings): InstallationConfig {
  const given = readSection(installationEntries, settings);
  const env = around.environment;
  const path = (...choices: readonly (string | undefined)[]): string | undefined => {
    const chosen = choices.find((choice) => choice !== undefined && choice !== '');
    return chosen === undefined ? undefined : resolve(around.currentDir, chosen);
  };
  const workDir =
    path(given.workDir, env['KYUUBI_WORK_DIR_ROOT']) ?? join(around.currentDir, 'work');
  return Object.freeze({
    workDir,
    cacheDir: path(given.cacheDir) ?? join(workDir, 'cache'),
    engineJar: path(given.engineJar),
    sparkHome: path(
      given.sparkHome,
      settings.get('kyuubi.engineEnv.SPARK_HOME'),
      env['SPARK_HOME'],
    ),
    javaHome: path(given.javaHome, settings.get('kyuubi.engineEnv.JAVA_HOME'), env['JAVA_HOME']),
  });
}

function jdbcOf(settings: Settings, around: Surroundings): JdbcConfig {
  const given = readSection(jdbcEntries, settings);
  const follow = (key: string, text: string | undefined): string | undefined =>
    text === undefined ? undefined : followReference(key, text, around);
  return Object.freeze({
    ...given,
    user: follow(jdbcEntries.user.key, given.user),
    password: follow(jdbcEntries.password.key, given.password),
  });
}

function discoveryOf(settings: Settings, around: Surroundings): DiscoveryConfig {
  const given = readSection(discoveryEntries, settings);
  const { digest, authType } = discoveryEntries;
  if (given.digest === undefined) {
    if (given.authType === 'NONE') return given;
    throw new GatewayError(
      'CONFIG_INVALID',
      `${authType.key} = ${given.authType}, but ${digest.key} is not set`,
    );
  }
  return Object.freeze({ ...given, digest: followReference(digest.key, given.digest, around) });
}

function clustersOf(settings: Settings, { currentDir }: Surroundings): ClustersConfig {
  const given = readSection(clustersEntries, settings);
  return given.path === undefined
    ? given
    : Object.freeze({ ...given, path: resolve(currentDir, given.path) });
}

function zookeeperTlsOf(settings: Settings): ZookeeperTlsConfig {
  const given = readSection(zookeeperTlsEntries, settings);
  const { addresses } = readSection(discoveryEntries, settings);
  if (!given.isEnabled || addresses !== undefined) return given;
  const { isEnabled } = zookeeperTlsEntries;
  throw new GatewayError(
    'CONFIG_INVALID',
    `${isEnabled.key} is on, but ${discoveryEntries.addresses.key} is not set`,
    { hint: 'The ZooKeeper inside the gateway is for this machine alone and has no TLS.' },
  );
}

function engineSecurityOf(settings: Settings, at: InstallationConfig): EngineSecurityConfig {
  const given = readSection(engineSecurityEntries, settings);
  const { engineSecurity: legacy, internalSecurity: current } = given;
  if (given.secretProvider === 'simple' && given.simpleSecret === undefined) {
    const key = engineSecurityEntries.simpleSecret.key;
    throw new GatewayError('CONFIG_INVALID', `${key} is not set, and the provider is simple`);
  }
  return Object.freeze({
    ...given,
    isTokenRequired: legacy === true || current === true || (legacy ?? current) === undefined,
    masterSecretFile: resolve(at.workDir, given.secretFile ?? 'master.secret'),
  });
}

function auditOf(settings: Settings, at: InstallationConfig): AuditConfig {
  const given = readSection(auditEntries, settings);
  return Object.freeze({ ...given, path: resolve(at.workDir, given.file) });
}
