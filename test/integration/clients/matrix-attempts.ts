import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type JdbcDriver,
  runAttempts,
  runBeeline,
  runPythonAttempts,
} from '../../support/client-programs.ts';
import { type Cell, type Client, nameOf } from './matrix-cells.ts';

/** What a client is told to log in with. */
export interface Login {
  readonly port: number;
  readonly user: string;
  /** A password or a token. */
  readonly secret: string;
  readonly certificate?: { readonly certificate: string; readonly key: string };
}

export interface Trust {
  /** PEM file with the authority's certificate. */
  readonly ca: string;
  /** The same for Java. */
  readonly store: string;
  readonly storePassword: string;
}

/** By the name of the cell: whom the gateway took the client for, or `refused: ` and the client's words. */
export type Outcomes = Readonly<Record<string, unknown>>;

/** Has the clients log in, one after another; folder is for files with what they log in with. */
export async function attempt(
  cells: readonly Cell[],
  login: (cell: Cell) => Login,
  trust: Trust,
  folder: string,
): Promise<Outcomes> {
  const outcomes: Record<string, unknown> = {};
  for (const client of new Set(cells.map((cell) => cell.client))) {
    const own = cells.filter((cell) => cell.client === client);
    Object.assign(outcomes, await attemptBy(client, own, login, trust, folder));
  }
  return outcomes;
}

async function attemptBy(
  client: Client,
  cells: readonly Cell[],
  login: (cell: Cell) => Login,
  trust: Trust,
  folder: string,
): Promise<Outcomes> {
  const file = join(folder, `${client}-logins`);
  const write = (text: string): void => writeFileSync(file, text, { mode: 0o600 });
  switch (client) {
    case 'pyhive':
    case 'impyla':
      write(JSON.stringify(cells.map((cell) => pythonLine(cell, login(cell), trust))));
      return await runPythonAttempts(file);
    case 'beeline': {
      const outcomes: Record<string, unknown> = {};
      for (const cell of cells) {
        const { user, secret } = login(cell);
        write(secret);
        const words = ['-u', urlOf(cell, login(cell), trust), '-n', user, '-w', file];
        const format = ['--silent=true', '--showHeader=false', '--outputformat=csv2'];
        const run = await runBeeline([...format, ...words, '-e', 'kyuubi desc session']);
        outcomes[nameOf(cell)] = run.stdout.split(',')[1] ?? `refused: ${run.stderr}`;
      }
      return outcomes;
    }
    default:
      write(
        cells
          .map((cell) => {
            const { user, secret } = login(cell);
            const isBearer = cell.method === 'bearer';
            const words = isBearer ? ['', ''] : [user, secret];
            return [nameOf(cell), urlOf(cell, login(cell), trust), ...words].join('\t');
          })
          .join('\n'),
      );
      return await runAttempts(client satisfies JdbcDriver, file);
  }
}

function urlOf({ method, transport }: Cell, { port, secret }: Login, trust: Trust): string {
  const secured = `ssl=true;sslTrustStore=${trust.store};trustStorePassword=${trust.storePassword}`;
  const options = [
    ...(transport === 'http' || transport === 'https'
      ? ['transportMode=http;httpPath=cliservice']
      : []),
    ...(transport === 'tls' || transport === 'https' ? [secured] : []),
    ...(method === 'nosasl' ? ['auth=noSasl'] : []),
    ...(method === 'bearer' ? [`auth=jwt;jwt=${secret}`] : []),
  ];
  return [`jdbc:hive2://localhost:${port}/default`, ...options].join(';');
}

function pythonLine(cell: Cell, login: Login, trust: Trust): Readonly<Record<string, unknown>> {
  const { port, user, secret, certificate } = login;
  return {
    name: nameOf(cell),
    ...cell,
    method: cell.method === 'token' ? 'password' : cell.method,
    port,
    user,
    password: secret,
    ca: trust.ca,
    ...certificate,
  };
}
