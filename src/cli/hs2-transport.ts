/** Where a gateway is, and what it is told of who comes. */
export interface Hs2Address {
  readonly host: string;
  readonly port: number;
  /** Empty with a token that says it. */
  readonly user: string;
  readonly login: Hs2Login;
  /** HTTP posts to this path; undefined: the binary protocol. */
  readonly httpPath: string | undefined;
  /** Undefined: no TLS. */
  readonly tls: TlsTrust | undefined;
}

export type Hs2Login =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'token'; readonly token: string };

/** Whose certificates are believed. */
export interface TlsTrust {
  /** Certificates in PEM; undefined: those that Node brings along. */
  readonly authorities: readonly string[] | undefined;
}

/** Carries one Thrift call at a time to a server. */
export interface Hs2Transport {
  /** Sends a message and resolves with its reply. Throws a `CliError` of the fault `connection`. */
  exchange(message: Buffer): Promise<Buffer>;
  /** What waits for a reply fails. */
  close(): void;
}

/** Java's HiveServer2 sends no larger message. */
export const maxReplyBytes = 104_857_600;

/** As messages name it. */
export function placeOf({ host, port }: Hs2Address): string {
  return `${host}:${port}`;
}
