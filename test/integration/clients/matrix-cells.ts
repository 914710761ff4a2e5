/** Who connects, as the table names them; each is the real program or driver. */
export const clients = {
  beeline: 'beeline of Spark 3.5',
  'hive-2.3': 'Hive JDBC 2.3.9',
  'hive-4.0.1': 'Hive JDBC 4.0.1',
  'kyuubi-1.7.1': 'Kyuubi JDBC 1.7.1',
  pyhive: 'PyHive 0.7.0',
  impyla: 'impyla 0.24.0',
} as const;
export type Client = keyof typeof clients;

export const transports = {
  binary: 'binary',
  tls: 'binary, TLS',
  http: 'HTTP',
  https: 'HTTPS',
} as const;
export type Transport = keyof typeof transports;

export const methods = {
  none: 'no login',
  nosasl: 'no SASL',
  password: 'password (LDAP)',
  token: 'token as password (JWT)',
  bearer: 'bearer token (JWT)',
  kerberos: 'Kerberos ticket',
  certificate: 'client certificate',
} as const;
export type Method = keyof typeof methods;

/** One field of the table. */
export interface Cell {
  readonly client: Client;
  readonly method: Method;
  readonly transport: Transport;
}

const all = ['binary', 'tls', 'http', 'https'] as const;
const sockets = ['binary', 'tls'] as const;
const web = ['http', 'https'] as const;

/** The transports by which a client can log in with a method; what is missing the client cannot do. */
type Ways = Readonly<Partial<Record<Method, readonly Transport[]>>>;

const jdbc: Ways = { none: all, nosasl: sockets, password: all, token: all, kerberos: all };

const ways: Readonly<Record<Client, Ways>> = {
  beeline: jdbc,
  'hive-2.3': jdbc,
  'hive-4.0.1': { ...jdbc, bearer: web },
  'kyuubi-1.7.1': jdbc,
  pyhive: {
    none: all,
    nosasl: [...sockets, ...web],
    password: all,
    token: all,
    bearer: web,
    kerberos: sockets,
    certificate: ['tls'],
  },
  impyla: { none: all, nosasl: sockets, password: all, token: all, bearer: web, kerberos: all },
};

export const cells: readonly Cell[] = entriesOf(ways).flatMap(([client, byMethod]) =>
  entriesOf(byMethod).flatMap(([method, by]) =>
    (by ?? []).map((transport) => ({ client, method, transport })),
  ),
);

export const nameOf = ({ client, method, transport }: Cell): string =>
  `${client} ${method} ${transport}`;

/** The table as it stands in docs/clients.md, with a mark for each cell that was shown. */
export function tableOf(shown: ReadonlySet<string>): string {
  const header = ['client', 'login', ...entriesOf(transports).map(([, title]) => title)];
  const rows = entriesOf(clients).flatMap(([client, clientTitle]) =>
    entriesOf(methods)
      .filter(([method]) => ways[client][method] !== undefined)
      .map(([method, title]) => [
        clientTitle,
        title,
        ...entriesOf(transports).map(([transport]) =>
          shown.has(nameOf({ client, method, transport })) ? 'yes' : '',
        ),
      ]),
  );
  const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''].join('\n');
}

function entriesOf<K extends string, V>(record: Readonly<Partial<Record<K, V>>>): [K, V][] {
  return Object.entries(record) as [K, V][]; // the keys of a literal above, and no others
}
