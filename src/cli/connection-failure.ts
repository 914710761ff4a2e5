import { CliError } from './cli-error.ts';
import type { Hs2Address } from './hs2-transport.ts';

/** What became of a connection, for the user. `at`: where to. */
export function connectionFailure(at: string, cause: Error): CliError {
  if (cause instanceof CliError) return cause;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  switch (code) {
    case 'ECONNREFUSED':
      return new CliError('connection', `nothing listens at ${at}`, {
        cause,
        hint: 'start a gateway with "torii serve", or name another one with -u',
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CliError('connection', `the host of ${at} is not known`, { cause });
    case 'ECONNRESET':
    case 'EPIPE':
      return new CliError('connection', `${at} broke the connection`, { cause });
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return new CliError('connection', `the certificate of ${at} is for another host`, {
        cause,
        hint: 'name the host as its certificate does',
      });
    default:
      return certificateFailure(at, code, cause) ?? tlsFailure(at, code, cause);
  }
}

/** What says that the login was refused. */
export function loginFailure({ user, login }: Hs2Address, at: string, text: string): CliError {
  const reason = text === '' ? 'no reason given' : text;
  const who = login.kind === 'token' ? 'the token' : `user ${user}`;
  return new CliError('connection', `${at} refused ${who}: ${reason}`, {
    sqlState: '28000',
    hint:
      login.kind === 'token'
        ? 'put a token that is good into the environment variable JWT'
        : 'give the user with -n and the password with -w FILE or TORII_PASSWORD',
  });
}

function certificateFailure(at: string, code: string, cause: Error): CliError | undefined {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return new CliError('connection', `the certificate of ${at} is not valid now`, { cause });
  }
  if (!/SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED|CERT_SIGNATURE/.test(code))
    return undefined;
  return new CliError('connection', `the certificate of ${at} is signed by nobody known here`, {
    cause,
    hint: 'name who has signed it with sslTrustStore=FILE in the URL (PEM or PKCS12)',
  });
}

function tlsFailure(at: string, code: string, cause: Error): CliError {
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return new CliError('connection', `TLS with ${at} failed: ${reasonOf(cause)}`, {
      cause,
      hint: 'check the port: one without TLS wants a URL without ssl=true',
    });
  }
  return new CliError('connection', `no connection to ${at}: ${cause.message}`, { cause });
}

/** OpenSSL's own words, without its numbers. */
function reasonOf(cause: Error): string {
  return 'reason' in cause && typeof cause.reason === 'string' ? cause.reason : cause.message;
}
