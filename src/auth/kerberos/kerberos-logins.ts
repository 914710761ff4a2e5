import type { SecurityLayer } from '../../config/security-layers.ts';
import { kerberosEntries } from '../../config/entries/kerberos.ts';
import { spnegoEntries } from '../../config/entries/spnego.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ExchangeLogins } from '../auth-provider.ts';
import { GssapiExchange } from '../gssapi-exchange.ts';
import type { SecurityContexts } from '../security-context.ts';
import { missing } from '../started-provider.ts';
import type { ProviderParts, StartedTickets } from '../started-provider.ts';
import { clientUser } from './client-user.ts';
import type { KnownUsers } from './client-user.ts';
import type { Mechanisms } from './gss-library.ts';
import { fullHostName } from './host-name.ts';
import { readPrincipalRules } from './principal-rules.ts';
import { servicePrincipal } from './service-principal.ts';
import { SpnegoLogins } from './spnego-logins.ts';
import { start } from './start-kerberos.ts';
import type { StartedContexts } from './start-kerberos.ts';

/** One of the two services that a gateway can be to Kerberos. */
interface Service {
  readonly entries: typeof kerberosEntries | typeof spnegoEntries;
  readonly settings: {
    readonly principal?: string | undefined;
    readonly keytab?: string | undefined;
  };
  readonly mechanisms: Mechanisms;
}

/** A service at work, with the users that its clients stand for. */
interface StartedService {
  readonly contexts: StartedContexts;
  readonly userOf: (clientName: string) => string;
}

/** KERBEROS as it is configured: over sockets where there is a principal for it, and over HTTP the same. */
export async function startKerberosLogins({ config }: ProviderParts): Promise<StartedTickets> {
  const { kerberos, spnego, authentication } = config;
  if (kerberos.principal === undefined && spnego.principal === undefined) {
    throw missing('KERBEROS', kerberosEntries.principal.key);
  }
  requirePrincipal(kerberosEntries, kerberos);
  requirePrincipal(spnegoEntries, spnego);
  const rules =
    kerberos.principalRules === undefined
      ? undefined
      : readPrincipalRules(kerberos.principalRules, kerberosEntries.principalRules.key);
  const started: StartedService[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map(({ contexts }) => contexts.stop()));
  };
  const begin = async (service: Service): Promise<StartedService | undefined> => {
    const made = await startService(service, { realms: kerberos.trustedRealms, rules });
    if (made !== undefined) started.push(made);
    return made;
  };
  try {
    const sasl = await begin({
      entries: kerberosEntries,
      settings: kerberos,
      mechanisms: 'kerberos',
    });
    const http = await begin({ entries: spnegoEntries, settings: spnego, mechanisms: 'negotiate' });
    return {
      exchanges: sasl && exchangesOf(sasl.contexts, sasl.userOf, authentication.saslQop),
      tickets: http && new SpnegoLogins(http.contexts, http.userOf),
      stop,
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** A keytab alone was meant to do something: its service would be off, and nobody told. */
function requirePrincipal(
  { principal, keytab }: Service['entries'],
  settings: Service['settings'],
): void {
  if (settings.keytab === undefined || settings.principal !== undefined) return;
  throw new GatewayError('CONFIG_INVALID', `${keytab.key} is set, and ${principal.key} is not`, {
    hint: 'Name the principal whose keys the keytab has (klist -kt shows it), or leave the keytab out.',
  });
}

/** Undefined where the service has no principal. */
async function startService(
  { entries, settings, mechanisms }: Service,
  beside: KnownUsers,
): Promise<StartedService | undefined> {
  const { principal: text, keytab } = settings;
  if (text === undefined) return undefined;
  if (keytab === undefined) throw missing('KERBEROS', entries.keytab.key);
  const { key } = entries.principal;
  const { name, realm } = await servicePrincipal(text, key, fullHostName);
  if (mechanisms === 'negotiate' && !name.startsWith('HTTP/')) {
    throw new GatewayError('CONFIG_INVALID', `${key} does not begin with HTTP/: ${name}`, {
      hint: 'Browsers, curl and JDBC drivers ask for HTTP/<host> of their URL, and for nothing else.',
    });
  }
  const contexts = await start({
    principal: name,
    keytab,
    keytabKey: entries.keytab.key,
    mechanisms,
  });
  const known = { ...beside, realms: new Set([realm, ...beside.realms]) };
  return { contexts, userOf: (clientName) => clientUser(clientName, known) };
}

function exchangesOf(
  contexts: SecurityContexts,
  userOf: (clientName: string) => string,
  layers: readonly SecurityLayer[],
): ExchangeLogins {
  return {
    begin: (maxTokenBytes) =>
      new GssapiExchange({ context: contexts.accept(), layers, maxTokenBytes, userOf }),
  };
}
