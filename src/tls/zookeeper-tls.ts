import type { SecureContextOptions } from 'node:tls';
import { zookeeperTlsEntries as keys } from '../config/entries/zookeeper-tls.ts';
import type { Environment } from '../config/environment.ts';
import type { ZookeeperTlsConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { FollowedMaterial } from './followed-material.ts';
import { namedFile, namedSecret } from './tls-sources.ts';
import type { TlsSources } from './tls-sources.ts';

/** Whom connections to ZooKeeper trust and what they show, as the files say at the moment. */
export class ZooKeeperTls {
  readonly #material: FollowedMaterial;

  constructor(material: FollowedMaterial) {
    this.#material = material;
  }

  get contextOptions(): SecureContextOptions {
    return { ...this.#material.options, minVersion: 'TLSv1.2' };
  }

  /** Looks at the files now. Never throws. */
  reload(): Promise<void> {
    return this.#material.reload();
  }

  stop(): void {
    this.#material.stop();
  }
}

/** Undefined where ZooKeeper is spoken to without TLS. Throws CONFIG_INVALID for what can not be used. */
export async function startZooKeeperTls(
  config: ZookeeperTlsConfig,
  environment: Environment,
  log: Log,
): Promise<ZooKeeperTls | undefined> {
  if (!config.isEnabled) return undefined;
  const sources = sourcesOf(config);
  const material = new FollowedMaterial({ sources, reloadMs: config.reloadMs, environment, log });
  await material.start();
  return new ZooKeeperTls(material);
}

function sourcesOf(config: ZookeeperTlsConfig): TlsSources {
  const { truststorePath, truststorePassword, keystorePath, keystorePassword } = config;
  if (truststorePath === undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${keys.isEnabled.key} is on, but ${keys.truststorePath.key} is not set`,
      { hint: 'It names a PEM file, or a PKCS12 truststore, with who signs for the servers.' },
    );
  }
  return {
    identity:
      keystorePath === undefined
        ? undefined
        : {
            kind: 'any',
            file: namedFile(keys.keystorePath.key, keystorePath),
            password: namedSecret(keys.keystorePassword.key, keystorePassword),
          },
    peerCa: {
      ...namedFile(keys.truststorePath.key, truststorePath),
      password: namedSecret(keys.truststorePassword.key, truststorePassword),
    },
  };
}
