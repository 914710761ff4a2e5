import type { Readable, Writable } from 'node:stream';

/** What a command sees of the world; `main.ts` gives it the process's own. */
export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: {
    /** Whose name a session gets that names nobody. */
    readonly user?: string | undefined;
    /** TORII_PASSWORD. */
    readonly password?: string | undefined;
    /** TORII_TRUST_STORE_PASSWORD. */
    readonly trustStorePassword?: string | undefined;
    /** JWT, as for the JDBC drivers. */
    readonly token?: string | undefined;
  };
  readonly isTTY: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Width of the terminal now; 80 where it is not known. */
  readonly terminalWidth?: () => number;
  /** Aborts when the process is asked to end (SIGINT, SIGTERM): the running statement is canceled. */
  readonly signal?: AbortSignal;
}
