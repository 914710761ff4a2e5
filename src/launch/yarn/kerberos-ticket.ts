import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../core/clock.ts';
import { SubmitError } from '../job-platform.ts';

/** A ticket is taken anew long before the shortest that a realm gives out ends. */
const renewAfterMs = 30 * 60_000;

/** The cluster principal's ticket, with which its gateway submits for others: Spark takes no keytab beside a proxy user. */
export class KerberosTicket {
  readonly #principal: string;
  readonly #keytab: string;
  readonly #cachePath: string;
  readonly #clock: Clock;
  #taken: { readonly atMs: number; readonly done: Promise<void> } | undefined;

  constructor(
    facts: { readonly principal: string; readonly keytab: string; readonly cluster: string },
    cacheDir: string,
    clock: Clock,
  ) {
    this.#principal = facts.principal;
    this.#keytab = facts.keytab;
    this.#cachePath = join(resolve(cacheDir), 'tickets', encodeURIComponent(facts.cluster));
    this.#clock = clock;
  }

  /** The value of KRB5CCNAME for who uses the ticket. Rejects with a `SubmitError`. */
  async cache(environment: Readonly<Record<string, string>>): Promise<string> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#taken === undefined || nowMs - this.#taken.atMs > renewAfterMs) {
      this.#taken = { atMs: nowMs, done: this.#take(environment) };
      this.#taken.done.catch(() => (this.#taken = undefined));
    }
    await this.#taken.done;
    return `FILE:${this.#cachePath}`;
  }

  async #take(environment: Readonly<Record<string, string>>): Promise<void> {
    await mkdir(join(this.#cachePath, '..'), { recursive: true, mode: 0o700 });
    const args = ['-k', '-t', this.#keytab, '-c', `FILE:${this.#cachePath}`, this.#principal];
    await promisify(execFile)('kinit', args, { env: { ...environment }, timeout: 30_000 }).catch(
      (cause: unknown) => {
        const message = `no Kerberos ticket for ${this.#principal} from ${this.#keytab}: ${lastLine(cause)}`;
        throw new SubmitError('refused', message, {
          hint: "Check the cluster's principal and keytab, the gateway's krb5.conf, and that kinit is installed.",
          cause,
        });
      },
    );
  }
}

function lastLine(error: unknown): string {
  const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return said === '' ? String(error) : (said.split('\n').at(-1) ?? said);
}
