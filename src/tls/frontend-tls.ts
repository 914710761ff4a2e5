import { frontendTlsEntries as keys } from '../config/entries/frontend-tls.ts';
import type { Environment } from '../config/environment.ts';
import type { FrontendTlsConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { ServerTls } from './server-tls.ts';
import { frontendTlsSources } from './tls-sources.ts';

/** The certificate that the doors for clients share; undefined where TLS is off. Throws CONFIG_INVALID for what can not be used. */
export async function startFrontendTls(
  config: FrontendTlsConfig,
  environment: Environment,
  log: Log,
): Promise<ServerTls | undefined> {
  if (!config.isEnabled) {
    if (config.clientAuth === 'NONE') return undefined;
    // Who set this wants strangers kept out.
    throw new GatewayError(
      'CONFIG_INVALID',
      `${keys.clientAuth.key} = ${config.clientAuth}, but ${keys.isEnabled.key} is off`,
    );
  }
  requireCipherSuite(config);
  const tls = new ServerTls({
    sources: frontendTlsSources(config),
    versions: config.versions,
    cipherSuites: config.cipherSuites,
    reloadMs: config.reloadMs,
    environment,
    log,
  });
  await tls.start();
  return tls;
}

/** OpenSSL takes suites that no version can use, and then refuses every client. */
function requireCipherSuite({ cipherSuites, versions }: FrontendTlsConfig): void {
  const isOfTls13 = (name: string): boolean => name.startsWith('TLS_');
  const isUsable = (name: string): boolean =>
    isOfTls13(name) ? versions.max === 'TLSv1.3' : versions.min === 'TLSv1.2';
  if (cipherSuites.length === 0 || cipherSuites.some(isUsable)) return;
  throw new GatewayError(
    'CONFIG_INVALID',
    `${keys.cipherSuites.key} has no cipher suite of a version that ${keys.versions.key} leaves`,
  );
}
