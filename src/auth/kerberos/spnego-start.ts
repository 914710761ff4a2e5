import { isProvingMethod } from '../../config/authentication-methods.ts';
import { authenticationEntries } from '../../config/entries/authentication.ts';
import { spnegoEntries } from '../../config/entries/spnego.ts';
import type { GatewayConfig } from '../../config/gateway-config.ts';
import { GatewayError } from '../../core/errors.ts';
import type { TicketLogins } from '../auth-provider.ts';
import { missing } from '../started-provider.ts';
import { fullHostName } from './host-name.ts';
import { servicePrincipal } from './service-principal.ts';
import { SpnegoLogins } from './spnego-logins.ts';
import { start } from './start-kerberos.ts';

/** Tickets over HTTP, until they are stopped. */
export interface StartedSpnego {
  readonly tickets: TicketLogins;
  stop(): Promise<void>;
}

export type SpnegoParts = Pick<
  GatewayConfig,
  'authentication' | 'frontend' | 'kerberos' | 'spnego'
>;

/**
 * Tickets over HTTP where KERBEROS is listed and a principal and a keytab are set for it. Throws CONFIG_INVALID where they
 * are wrong, or where they are missing and the port for HTTP alone would let nobody in.
 */
export async function startSpnego(config: SpnegoParts): Promise<StartedSpnego | undefined> {
  const { principal: text, keytab } = config.spnego;
  if (!config.authentication.methods.includes('KERBEROS')) return undefined;
  if (text === undefined && keytab === undefined) {
    requireOtherLogin(config);
    return undefined;
  }
  if (text === undefined) throw missing('KERBEROS', spnegoEntries.principal.key);
  if (keytab === undefined) throw missing('KERBEROS', spnegoEntries.keytab.key);
  const { name, realm } = await servicePrincipal(text, spnegoEntries.principal.key, fullHostName);
  if (!name.startsWith('HTTP/')) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `${spnegoEntries.principal.key} has to begin with HTTP/: ${text}`,
      { hint: 'Browsers, curl and drivers ask for a ticket of HTTP/<the host in the URL>.' },
    );
  }
  const contexts = await start({
    principal: name,
    keytab,
    keytabKey: spnegoEntries.keytab.key,
    mechanisms: 'negotiate',
  });
  const userOf = (clientName: string): string => clientName.replace(/[/@].*/, '');
  return { tickets: new SpnegoLogins(contexts, userOf), stop: () => contexts.stop() };
}

function requireOtherLogin({ authentication, frontend }: SpnegoParts): void {
  const isHttpWanted = frontend.protocols.some((name) => name.toUpperCase() === 'THRIFT_HTTP');
  const others = authentication.methods.filter(isProvingMethod);
  if (!isHttpWanted || others.length > 1) return;
  const { principal, keytab } = spnegoEntries;
  throw new GatewayError(
    'CONFIG_INVALID',
    `${authenticationEntries.methods.key} lists KERBEROS alone, and THRIFT_HTTP would let nobody in: ${principal.key} is not set`,
    {
      hint: `Set ${principal.key} to HTTP/<host>@<REALM>, and ${keytab.key} to a file with its keys.`,
    },
  );
}
