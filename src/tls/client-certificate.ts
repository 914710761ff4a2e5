import type { TLSSocket } from 'node:tls';
import type { FrontendTlsConfig } from '../config/gateway-config.ts';
import { GatewayError } from '../core/errors.ts';

/** What a client's certificate says of it, by the rule of `torii.frontend.ssl.client.*`. */
export type ClientCertificate =
  /** `user` is undefined where there is no certificate, or where it names nobody. */
  | { readonly kind: 'accepted'; readonly user: string | undefined }
  | { readonly kind: 'refused'; readonly error: GatewayError };

/** To be asked once the handshake is over: what is wrong with the certificate is told in the client's own protocol. */
export function checkClientCertificate(
  socket: TLSSocket,
  rule: Pick<FrontendTlsConfig, 'clientAuth' | 'clientUser'>,
): ClientCertificate {
  if (rule.clientAuth === 'NONE') return { kind: 'accepted', user: undefined };
  const { subject } = socket.getPeerCertificate();
  // Without a certificate the object is empty, which its type does not tell.
  if ((subject as unknown) === undefined) {
    if (rule.clientAuth === 'WANT') return { kind: 'accepted', user: undefined };
    return refused('a certificate of the client is required, and none was sent');
  }
  if (!socket.authorized) {
    return refused(
      `the client's certificate is not accepted: ${String(socket.authorizationError)}`,
    );
  }
  if (rule.clientUser === undefined) return { kind: 'accepted', user: undefined };
  const user: unknown = subject[rule.clientUser as keyof typeof subject]; // a list where the subject has several
  if (typeof user === 'string' && user !== '') return { kind: 'accepted', user };
  return refused(`the subject of the client's certificate has not one ${rule.clientUser}`);
}

function refused(problem: string): ClientCertificate {
  const error = new GatewayError('AUTHENTICATION_FAILED', problem, {
    hint: 'Give the client a certificate that is signed by an authority of this gateway.',
  });
  return { kind: 'refused', error };
}
