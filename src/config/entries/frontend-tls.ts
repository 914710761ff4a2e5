import { cipherSuites } from '../cipher-suites.ts';
import { entry } from '../entry.ts';
import { bool, interval, oneOf, text } from '../kinds.ts';
import { allowedTlsVersions } from '../tls-versions.ts';

/** TLS towards clients. */
export const frontendTlsEntries = {
  isEnabled: entry('kyuubi.frontend.thrift.binary.ssl.enabled', bool.default('false'), {
    doc: 'The binary Thrift door speaks TLS, and refuses clients without it.',
    setBy: 'server',
  }),
  allowsPlain: entry('torii.frontend.thrift.binary.ssl.plain.allowed', bool.default('false'), {
    doc: 'Where TLS is on, clients without it are served on the same port too, e.g. while they are being changed over.',
    setBy: 'server',
  }),
  certificateFile: entry('torii.frontend.ssl.certificate.file', text.optional(), {
    doc: 'PEM file with the certificate of this gateway, and behind it those that lead to its root. Files of certificates and keys are read again when they change.',
    setBy: 'server',
  }),
  keyFile: entry('torii.frontend.ssl.key.file', text.optional(), {
    doc: 'PEM file with the private key of the certificate.',
    setBy: 'server',
  }),
  keyPassword: entry('torii.frontend.ssl.key.password', text.optional(), {
    doc: 'Password of an encrypted private key: `${file:/path}` names a file that holds it, `${env:NAME}` a variable.',
    setBy: 'server',
    secret: true,
  }),
  keystorePath: entry('kyuubi.frontend.ssl.keystore.path', text.optional(), {
    doc: 'PKCS12 keystore with certificate and key, in place of the two PEM files.',
    setBy: 'server',
  }),
  keystorePassword: entry('kyuubi.frontend.ssl.keystore.password', text.optional(), {
    doc: 'Password of the keystore: `${file:/path}` names a file that holds it, `${env:NAME}` a variable.',
    setBy: 'server',
    secret: true,
  }),
  keystoreType: entry(
    'kyuubi.frontend.ssl.keystore.type',
    oneOf('PKCS12').note('convert a JKS keystore with keytool -importkeystore').default('PKCS12'),
    { doc: 'Type of the keystore.', setBy: 'server' },
  ),
  versions: entry(
    'kyuubi.frontend.thrift.binary.ssl.disallowed.protocols',
    allowedTlsVersions.default('SSLv2,SSLv3'),
    {
      doc: 'Versions that are not spoken. Nothing below TLS 1.2 is, whatever stands here.',
      setBy: 'server',
    },
  ),
  cipherSuites: entry(
    'kyuubi.frontend.thrift.binary.ssl.include.ciphersuites',
    cipherSuites.default(''),
    {
      doc: 'The only cipher suites to speak, best first, in the names of Java or of OpenSSL; a good choice unless set. A version of TLS without a suite among them is not spoken.',
      setBy: 'server',
    },
  ),
  reloadMs: entry('torii.frontend.ssl.reload.interval', interval.default('PT10S'), {
    doc: 'How often files of certificates and keys are looked at. What can not be used is logged, and the one in use stays; open connections go on in either case.',
    setBy: 'server',
  }),
  clientAuth: entry(
    'torii.frontend.ssl.client.auth',
    oneOf('NONE', 'WANT', 'NEED').default('NONE'),
    {
      doc: 'Certificates of clients: not asked for, checked where one is sent, or required. They are checked in PEM set-ups only.',
      setBy: 'server',
    },
  ),
  clientCaFile: entry('torii.frontend.ssl.client.ca.file', text.optional(), {
    doc: 'PEM file with the certificates of those who may sign certificates of clients.',
    setBy: 'server',
  }),
  clientUser: entry('torii.frontend.ssl.client.user', oneOf('CN', 'UID').optional(), {
    doc: 'Part of a client certificate’s subject that names its user. A client without SASL (auth=noSasl) is then logged in as that user; one with a password is who its password says. Unless set, a certificate names nobody.',
    setBy: 'server',
  }),
} as const;
