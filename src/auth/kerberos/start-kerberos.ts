import { GatewayError } from '../../core/errors.ts';
import type { SecurityContext, SecurityContexts } from '../security-context.ts';
import { WorkSlots } from '../work-slots.ts';
import { away, failureOf } from './gss-calls.ts';
import { GssContext } from './gss-context.ts';
import { loadGss } from './gss-library.ts';
import type { Address, GssLibrary, Mechanisms, Slot } from './gss-library.ts';
import { checkKeytab } from './keytab-file.ts';

/** A service that accepts clients until it is stopped. */
export interface StartedContexts extends SecurityContexts {
  /** The keys are let go once the logins under way have ended; no more are taken. */
  stop(): Promise<void>;
}

export interface KerberosService {
  /** `hive/host.example.com@EXAMPLE.COM`. */
  readonly principal: string;
  readonly keytab: string;
  /** The settings that name the keytab, for errors. */
  readonly keytabKey: string;
  /** Kerberos alone unless given. */
  readonly mechanisms?: Mechanisms;
}

/**
 * Of the four threads that Node has for files, names and hashes, a service leaves one at least to others: logins take one, which
 * may be held up by a slow disk (keys and replays are looked up there); messages take two, for less than a millisecond each.
 */
const loginLimits = { running: 1, waiting: 4096 };
/** Each connection has one waiting at most. */
const messageLimits = { running: 2, waiting: Number.POSITIVE_INFINITY };

const acceptOnly = 2;
const forever = 0xffffffff;

/**
 * Starts to accept clients of one service by its keytab alone: no ticket cache is read, and no variable of the environment names a
 * key. Throws CONFIG_INVALID where the system's Kerberos library is missing, or the keytab can't be read, can be read by others,
 * or lacks the principal.
 */
export async function start(
  service: KerberosService,
  library: () => GssLibrary = loadGss,
): Promise<StartedContexts> {
  await checkKeytab(service.keytab, service.principal, service.keytabKey);
  const gss = library();
  return new Acceptor(gss, await acquire(gss, service));
}

/** Hands out contexts, and keeps the credential for as long as one of them is at work with it. */
class Acceptor implements StartedContexts {
  readonly #gss: GssLibrary;
  readonly #credential: Slot<Address | null>;
  readonly #logins = new WorkSlots(loginLimits);
  readonly #messages = new WorkSlots(messageLimits);
  readonly #atWork = new Set<Promise<unknown>>();
  #isStopped = false;

  constructor(gss: GssLibrary, credential: Address) {
    this.#gss = gss;
    this.#credential = [credential];
  }

  accept(): SecurityContext {
    return new GssContext({
      gss: this.#gss,
      withCredential: (work) => this.#withCredential(work),
      logins: this.#logins,
      messages: this.#messages,
    });
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await Promise.allSettled(this.#atWork);
    this.#gss.releaseCredential([0], this.#credential);
  }

  async #withCredential<T>(work: (credential: Address) => Promise<T>): Promise<T> {
    const [credential] = this.#credential;
    if (this.#isStopped || credential === null) {
      throw new GatewayError('SHUTTING_DOWN', 'the gateway takes no more logins');
    }
    const working = work(credential);
    this.#atWork.add(working);
    try {
      return await working;
    } finally {
      this.#atWork.delete(working);
    }
  }
}

async function acquire(gss: GssLibrary, service: KerberosService): Promise<Address> {
  const text = Buffer.from(service.principal, 'utf8');
  const minor: Slot<number> = [0];
  const name: Slot<Address | null> = [null];
  const imported = gss.importName(
    minor,
    { length: text.length, value: text },
    gss.principalName,
    name,
  );
  try {
    if (imported !== 0) throw notAcquired(gss, service, imported, minor);
    const credential: Slot<Address | null> = [null];
    const store = {
      count: 1,
      elements: [{ key: 'keytab', value: `FILE:${service.keytab}` }],
    };
    const args = [
      minor,
      name[0],
      forever,
      gss.mechanisms(service.mechanisms ?? 'kerberos'),
      acceptOnly,
      store,
      credential,
      null,
      null,
    ] as const;
    const major = await away((done) => gss.acquireCredential.async(...args, done), [args]);
    if (major !== 0 || credential[0] === null) throw notAcquired(gss, service, major, minor);
    return credential[0];
  } finally {
    if (name[0] !== null) gss.releaseName([0], name);
  }
}

function notAcquired(
  gss: GssLibrary,
  { principal, keytab, keytabKey }: KerberosService,
  major: number,
  minor: Slot<number>,
): GatewayError {
  const { text } = failureOf(gss, major, minor[0]);
  return new GatewayError(
    'CONFIG_INVALID',
    `Kerberos can't serve as ${principal} by the keytab ${keytab} (${keytabKey}): ${text}`,
    { hint: 'klist -ket shows what the keytab has; /etc/krb5.conf names the realm.' },
  );
}
