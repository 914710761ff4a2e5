import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type JdbcDriver,
  runAttempts,
  runBeeline,
  runPythonAttempts,
} from '../../support/client-programs.ts';
import type { JavaLogin } from '../../support/kerberos/java-login.ts';
import { type Cell, type Client, nameOf } from './matrix-cells.ts';

/** What a client is told to log in with. */
export interface Login {
  readonly port: number;
  readonly user: string;
  /** A password or a token. */
  readonly secret: string;
  readonly certificate?: { readonly certificate: string; readonly key: string };
}

export interface Surroundings {
  /** PEM file with the authority's certificate. */
  readonly ca: string;
  /** The same for Java. */
  readonly store: string;
  readonly storePassword: string;
  /** Of the Kerberos tickets that the programs have. */
  readonly tickets: JavaLogin;
  readonly realm: string;
  /** For files with what the clients log in with. */
  readonly folder: string;
}

/** By the name of the cell: whom the gateway took the client for, or `refused: ` and the client's words. */
export type Outcomes = Readonly<Record<string, unknown>>;

/** Has the clients log in, all clients at once, each in one way after the other. */
export async function attempt(
  cells: readonly Cell[],
  login: (cell: Cell) => Login,
  around: Surroundings,
): Promise<Outcomes> {
  const byClient = [...new Set(cells.map((cell) => cell.client))].map((client) => {
    const own = cells.filter((cell) => cell.client === client);
    return attemptBy(client, own, login, around);
  });
  return Object.assign({}, ...(await Promise.all(byClient))) as Outcomes; // each has names of its own
}

async function attemptBy(
  client: Client,
  cells: readonly Cell[],
  login: (cell: Cell) => Login,
  around: Surroundings,
): Promise<Outcomes> {
  const file = join(around.folder, `${client}-logins`);
  const write = (text: string): void => writeFileSync(file, text, { mode: 0o600 });
  switch (client) {
    case 'pyhive':
    case 'impyla':
      write(JSON.stringify(cells.map((cell) => pythonLine(cell, login(cell), around))));
      return await runPythonAttempts(file, around.tickets);
    case 'beeline': {
      const outcomes: Record<string, unknown> = {};
      for (const cell of cells) {
        const { user, secret } = login(cell);
        write(secret);
        const words = ['-u', urlOf(cell, login(cell), around), '-n', user, '-w', file];
        const format = ['--silent=true', '--showHeader=false', '--outputformat=csv2'];
        const run = await runBeeline(
          [...format, ...words, '-e', 'kyuubi desc session'],
          around.tickets,
        );
        outcomes[nameOf(cell)] = run.stdout.split(',')[1] ?? `refused: ${run.stderr}`;
      }
      return outcomes;
    }
    default:
      write(
        cells
          .map((cell) => {
            const { user, secret } = login(cell);
            const isElsewhere = cell.method === 'bearer' || cell.method === 'kerberos';
            const words = isElsewhere ? ['', ''] : [user, secret];
            return [nameOf(cell), urlOf(cell, login(cell), around), ...words].join('\t');
          })
          .join('\n'),
      );
      return await runAttempts(client satisfies JdbcDriver, file, withToken(cells, login, around));
  }
}

/** Hive's driver takes a token from the environment; one in its URL it repeats when it fails. */
function withToken(
  cells: readonly Cell[],
  login: (cell: Cell) => Login,
  { tickets }: Surroundings,
): JavaLogin {
  const cell = cells.find(({ method }) => method === 'bearer');
  if (cell === undefined) return tickets;
  return { ...tickets, environment: { ...tickets.environment, JWT: login(cell).secret } };
}

function urlOf(
  { method, transport }: Cell,
  { port }: Login,
  { store, storePassword, realm }: Surroundings,
): string {
  const secured = `ssl=true;sslTrustStore=${store};trustStorePassword=${storePassword}`;
  const isWeb = transport === 'http' || transport === 'https';
  const options = [
    ...(isWeb ? ['transportMode=http;httpPath=cliservice'] : []),
    ...(transport === 'tls' || transport === 'https' ? [secured] : []),
    ...(method === 'nosasl' ? ['auth=noSasl'] : []),
    ...(method === 'kerberos' ? [`principal=${isWeb ? 'HTTP' : 'hive'}/localhost@${realm}`] : []),
    ...(method === 'bearer' ? ['auth=jwt'] : []),
  ];
  return [`jdbc:hive2://localhost:${port}/default`, ...options].join(';');
}

function pythonLine(
  cell: Cell,
  login: Login,
  { ca }: Surroundings,
): Readonly<Record<string, unknown>> {
  const { port, user, secret, certificate } = login;
  return {
    name: nameOf(cell),
    ...cell,
    method: cell.method === 'token' ? 'password' : cell.method,
    port,
    user,
    password: secret,
    ca,
    ...certificate,
  };
}
