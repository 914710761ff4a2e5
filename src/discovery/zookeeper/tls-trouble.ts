/** Why a server can not be used over TLS, and what to do about it. */
export interface TlsTrouble {
  /** Completes "the server ...". */
  readonly problem: string;
  readonly hint: string;
}

const untrusted = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'INVALID_CA',
]);

const hints = {
  authority:
    'torii.ha.zookeeper.ssl.truststore.path has to hold the certificate of who signs for the ZooKeeper servers.',
  name: 'Name the server in kyuubi.ha.addresses as its certificate does, or give it a certificate with that name.',
  renew: 'Give the server a certificate that is in date, and look at both clocks.',
  own: 'torii.ha.zookeeper.ssl.keystore.path has to hold a certificate that the server trusts, with its key.',
  port: 'kyuubi.ha.addresses has to name the secure client ports (secureClientPort) of the servers.',
  other: 'The log of the server may say more.',
};

/** What an error of a connection says about TLS; undefined where it says nothing of it. */
export function tlsTroubleOf(error: Error): TlsTrouble | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (untrusted.has(code)) {
    return { problem: 'has a certificate that nobody signed whom we trust', hint: hints.authority };
  }
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return { problem: `has a certificate for another name: ${error.message}`, hint: hints.name };
    case 'CERT_HAS_EXPIRED':
      return { problem: 'has a certificate that has expired', hint: hints.renew };
    case 'CERT_NOT_YET_VALID':
      return { problem: 'has a certificate that is not valid yet', hint: hints.renew };
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return { problem: 'does not speak TLS', hint: hints.port };
    case 'ERR_SSL_NO_PROTOCOLS_AVAILABLE':
    case 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION':
      return { problem: 'speaks no version of TLS from 1.2 on', hint: hints.other };
    default:
      break;
  }
  if (code.startsWith('ERR_SSL_') && code.includes('ALERT')) {
    return { problem: `refused our certificate, or wants one: ${error.message}`, hint: hints.own };
  }
  if (/before secure TLS connection/.test(error.message)) {
    return { problem: 'ended the connection during the TLS handshake', hint: hints.port };
  }
  return code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')
    ? { problem: `failed in TLS: ${error.message}`, hint: hints.other }
    : undefined;
}
