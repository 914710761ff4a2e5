import type { Socket } from 'node:net';
import { BerReader } from 'ldapts';
import { LdapTrouble } from './ldap-trouble.ts';

/** ExtendedRequest of 1.3.6.1.4.1.1466.20037 as message 1 (RFC 4511, 4.14). */
const request = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037', 'latin1'),
]);
/** Far more than the answer takes. */
const limitBytes = 16_384;
const extendedResponse = 0x78;

/**
 * Asks the server to encrypt the connection from here on; the socket is then ready for the handshake. Throws `LdapTrouble`
 * when it cannot, and when anything follows the answer before the handshake: somebody in between may have written it.
 */
export async function askForTls(socket: Socket): Promise<void> {
  const answer = await exchange(socket);
  const reader = new BerReader(answer);
  try {
    reader.readSequence();
    const isComplete = reader.length === answer.length - reader.offset;
    const id = reader.readInt();
    const operation = reader.readSequence();
    const code = reader.readEnumeration();
    if (!isComplete || id !== 1 || operation !== extendedResponse) throw new Error('unexpected');
    if (code === 0) return;
    throw new LdapTrouble('unreachable', `the server refused StartTLS (result ${code})`, {
      hint: 'Give the LDAP server a certificate, or name it by an ldaps:// URL.',
    });
  } catch (cause) {
    if (cause instanceof LdapTrouble) throw cause;
    throw new LdapTrouble('unreachable', 'the server answered StartTLS with something else', {
      cause,
    });
  }
}

/** Resolves with all that came when the first message is whole. The socket reads no further then. */
function exchange(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      socket.off('data', onData).off('close', onClose).pause();
      finish();
    };
    const onClose = (): void =>
      settle(() => reject(new LdapTrouble('unreachable', 'the connection was closed at StartTLS')));
    const onData = (bytes: Buffer): void => {
      received = Buffer.concat([received, bytes]);
      const length = messageLength(received);
      if (length !== undefined && received.length >= length) settle(() => resolve(received));
      else if (received.length > limitBytes) {
        settle(() => reject(new LdapTrouble('unreachable', 'the answer to StartTLS has no end')));
      }
    };
    socket.on('data', onData).on('close', onClose);
    socket.write(request);
  });
}

/** Bytes of the message that begins here, with its tag and length; undefined while those are not all there. */
function messageLength(bytes: Buffer): number | undefined {
  const first = bytes[1];
  if (first === undefined) return undefined;
  if (first < 0x80) return 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 4) return limitBytes + 1;
  if (bytes.length < 2 + lengthBytes) return undefined;
  return 2 + lengthBytes + bytes.readUIntBE(2, lengthBytes);
}
