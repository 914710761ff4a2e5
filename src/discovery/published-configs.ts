import type {
  AuthenticationConfig,
  FrontendTlsConfig,
  KerberosConfig,
} from '../config/gateway-config.ts';

export interface PublishedFrom {
  readonly authentication: Pick<AuthenticationConfig, 'methods' | 'saslQop'>;
  readonly kerberos: Pick<KerberosConfig, 'principal'>;
  readonly frontendTls: Pick<FrontendTlsConfig, 'isEnabled'>;
}

/** What drivers that look a gateway up are told of how to come in, where their URL does not say it (kyuubi-contract 2.1). */
export function publishedConfigs(
  { authentication, kerberos, frontendTls }: PublishedFrom,
  host: string,
  port: string,
): ReadonlyMap<string, string> {
  const [layer = 'auth', ...otherLayers] = authentication.saslQop;
  const [method, ...otherMethods] = authentication.methods;
  return new Map([
    ['hive.server2.thrift.bind.host', host],
    ['hive.server2.transport.mode', 'binary'],
    ['hive.server2.thrift.port', port],
    // Drivers know one layer here and fail at a list. Told of none, they take the strongest that is offered.
    ...(otherLayers.length === 0 ? [['hive.server2.thrift.sasl.qop', layer] as const] : []),
    ['hive.server2.authentication', authentication.methods.join(',')],
    // It makes every driver log in by a ticket, so it is told only where nothing else is taken.
    ...(method === 'KERBEROS' && otherMethods.length === 0 && kerberos.principal !== undefined
      ? [['hive.server2.authentication.kerberos.principal', kerberos.principal] as const]
      : []),
    ['hive.server2.use.SSL', String(frontendTls.isEnabled)],
  ]);
}
