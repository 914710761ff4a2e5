import { resolve } from 'node:path';
import { discoveryEntries } from '../config/entries/discovery.ts';
import { zookeeperTlsEntries as tlsKeys } from '../config/entries/zookeeper-tls.ts';
import type { DiscoveryConfig, ZookeeperTlsConfig } from '../config/gateway-config.ts';
import { followReference } from '../config/secret-reference.ts';
import type { ReferencePlaces } from '../config/secret-reference.ts';

/**
 * What an engine is told to get to ZooKeeper and to prove who it is, secrets included: the launcher keeps those apart. Throws
 * CONFIG_INVALID where a password is referred to and not there.
 */
export function engineDiscoveryConf(
  discovery: Pick<DiscoveryConfig, 'digest'>,
  tls: ZookeeperTlsConfig,
  places: ReferencePlaces,
): Map<string, string> {
  const conf = new Map<string, string>();
  const set = (entry: { readonly key: string }, value: string | undefined): void => {
    if (value !== undefined) conf.set(entry.key, value);
  };
  set(discoveryEntries.digest, discovery.digest);
  if (!tls.isEnabled) return conf;
  // An engine has another working directory.
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(places.currentDir, path);
  const follow = (entry: { readonly key: string }, text: string | undefined): string | undefined =>
    text === undefined ? undefined : followReference(entry.key, text, places);
  set(tlsKeys.isEnabled, 'true');
  // A file and its password belong together: neither is filled up from the gateway's.
  if (tls.engineTruststorePath === undefined) {
    set(tlsKeys.engineTruststorePath, absolute(tls.truststorePath));
    set(
      tlsKeys.engineTruststorePassword,
      follow(tlsKeys.truststorePassword, tls.truststorePassword),
    );
  } else {
    const { engineTruststorePath, engineTruststorePassword: password } = tls;
    set(tlsKeys.engineTruststorePath, engineTruststorePath);
    set(tlsKeys.engineTruststorePassword, follow(tlsKeys.engineTruststorePassword, password));
  }
  if (tls.engineKeystorePath === undefined) {
    set(tlsKeys.engineKeystorePath, absolute(tls.keystorePath));
    set(tlsKeys.engineKeystorePassword, follow(tlsKeys.keystorePassword, tls.keystorePassword));
  } else {
    const { engineKeystorePath, engineKeystorePassword: password } = tls;
    set(tlsKeys.engineKeystorePath, engineKeystorePath);
    set(tlsKeys.engineKeystorePassword, follow(tlsKeys.engineKeystorePassword, password));
  }
  return conf;
}
