import { GatewayError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';

/** A failure as the library tells it. */
export interface GssFailure {
  /** Major status: error bits above, informative ones in the lower half. */
  readonly major: number;
  /** Minor status: Kerberos's own code, as an unsigned number of 32 bits. */
  readonly minor: number;
  /** The library's words for both; they may name principals, files and key versions. */
  readonly text: string;
}

interface Cause {
  readonly codes: readonly number[];
  /** Codes are lost behind SPNEGO; its words are not. */
  readonly words: RegExp;
  readonly error: ErrorCode;
  readonly message: string;
  readonly hint: string;
}

/** Where the codes of `krb5.h` begin. */
const errorTableBase = -1765328384;

/** What Kerberos tells apart. */
const causes: readonly Cause[] = [
  {
    codes: [34, 163],
    words: /is a replay/i,
    error: 'AUTHENTICATION_FAILED',
    message: 'The Kerberos ticket was sent a second time: this is a replay',
    hint: 'Connect again. If it stays, somebody repeats what others send, or clients share a copy of one request.',
  },
  {
    codes: [37, 33],
    words: /clock skew|not yet valid/i,
    error: 'AUTHENTICATION_FAILED',
    message: 'The clocks of the client and of the gateway differ by more than Kerberos allows',
    hint: 'Set the clocks of both by NTP; 5 minutes are allowed unless krb5.conf says otherwise.',
  },
  {
    codes: [145],
    words: /invalid flag/i,
    error: 'AUTHENTICATION_FAILED',
    message:
      'The Kerberos ticket was made for a later time, and the KDC has not validated it since',
    hint: 'Have it validated (kinit -v) once its time has come, or get a new one with kinit.',
  },
  {
    codes: [32],
    words: /ticket expired/i,
    error: 'AUTHENTICATION_FAILED',
    message: 'The Kerberos ticket has expired',
    hint: 'Get a new one with kinit.',
  },
  {
    codes: [44, 230],
    words: /key version|kvno/i,
    error: 'AUTHENTICATION_FAILED',
    message:
      "The ticket was made with a version of the service's key that the gateway's keytab lacks",
    hint: 'After a change of the key: log in again for a new ticket (kdestroy, kinit), or give the gateway the new keytab.',
  },
  {
    codes: [31, 41],
    words: /integrity check failed|stream modified/i,
    error: 'AUTHENTICATION_FAILED',
    message: "The ticket can't be opened with the service's key: one of both is of another making",
    hint: "Compare the gateway's keytab with the KDC's keys (klist -ket, kvno), and log in again.",
  },
  {
    codes: [35, 45, 144, 146, 181],
    words: /isn't for us|key not available|wrong principal|don't match|table entry not found/i,
    error: 'AUTHENTICATION_FAILED',
    message: 'The ticket is for a service that the gateway is not',
    hint: "Name the gateway's principal in the client, as principal=hive/host@REALM in a JDBC URL.",
  },
  {
    codes: [150, 188, 200, 236],
    words: /encryption type/i,
    error: 'AUTHENTICATION_FAILED',
    message: 'The ticket is encrypted in a way that the gateway does not permit',
    hint: 'Give the service keys of AES (ktadd -e aes256-cts-hmac-sha1-96), and log in again.',
  },
  {
    codes: [162, 164, 166, 167, 168, 169, 170, 171, 172, 211],
    words: /replay cache|rcache/i,
    error: 'AUTHENTICATION_UNAVAILABLE',
    message: "Kerberos's replay cache can't be used",
    hint: "The gateway's user has to be able to write to its folder (/var/tmp, or default_rcache_name in krb5.conf).",
  },
];

const routineErrors = 0x00ff0000;
const noCredential = 7 << 16;

/** What a login that the library refused is told; its own words are for the log. */
export function loginFailure(failure: GssFailure): GatewayError {
  const cause = new Error(failure.text);
  const found =
    causes.find(({ codes }) => codes.includes((failure.minor | 0) - errorTableBase)) ??
    causes.find(({ words }) => words.test(failure.text));
  if (found !== undefined) {
    return new GatewayError(found.error, found.message, { hint: found.hint, cause });
  }
  if ((failure.major & routineErrors) === noCredential) {
    return new GatewayError(
      'AUTHENTICATION_FAILED',
      "The gateway has no key for the client's ticket",
      {
        hint: 'The client asks for a mechanism or a service that the gateway does not have; its log says more.',
        cause,
      },
    );
  }
  return new GatewayError('AUTHENTICATION_FAILED', "The client's Kerberos token can't be used", {
    hint: 'Get a new ticket with kinit; if it stays, the log of the gateway says why.',
    cause,
  });
}

/** Lower half of the major status. */
const informative = { duplicate: 2, old: 4, unsequenced: 8, gap: 16 } as const;

/** Why a message that followed the login is not believed; undefined where it is. */
export function messageFailure(failure: GssFailure): GatewayError | undefined {
  const { major } = failure;
  const what =
    major & 0xffff0000
      ? "can't be verified: it was altered on its way, or made with another key"
      : major & (informative.duplicate | informative.old)
        ? 'was sent a second time'
        : major & (informative.unsequenced | informative.gap)
          ? 'is out of order, or others are missing before it'
          : undefined;
  if (what === undefined) return undefined;
  return new GatewayError('AUTHENTICATION_FAILED', `A protected message ${what}`, {
    hint: 'Connect again; if it stays, something between client and gateway changes what is sent.',
    cause: new Error(failure.text),
  });
}
