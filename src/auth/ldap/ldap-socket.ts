import { readFile } from 'node:fs/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ServerAddress } from './ldap-settings.ts';
import { LdapTrouble } from './ldap-trouble.ts';
import { askForTls } from './start-tls.ts';

/**
 * A socket to the server, encrypted and with its certificate checked where the address asks for it. Throws `LdapTrouble`;
 * `onSocket` is told of each layer, to be destroyed by whoever waits no longer.
 */
export async function openSocket(
  server: ServerAddress,
  caFile: string | undefined,
  onSocket: (socket: Socket) => void,
): Promise<Socket> {
  const ca = server.security === 'none' || caFile === undefined ? undefined : await readCa(caFile);
  const plain = connect({ host: server.host, port: server.port, noDelay: true, keepAlive: true });
  onSocket(plain);
  await opened(plain, 'connect');
  if (server.security === 'none') return plain;
  if (server.security === 'start-tls') await askForTls(plain);
  const encrypted = connectTls({
    socket: plain,
    host: server.host,
    ...(isIP(server.host) === 0 ? { servername: server.host } : {}),
    ...(ca === undefined ? {} : { ca }),
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  onSocket(encrypted);
  await opened(encrypted, 'secureConnect');
  return encrypted;
}

async function readCa(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new LdapTrouble('unreachable', 'the file of trusted authorities cannot be read', {
      cause,
    });
  }
}

function opened(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    // Stays: an error after this must not be an uncaught one. The close that follows it is what counts.
    socket.on('error', (cause: Error & { readonly code?: string }) => {
      const what = event === 'connect' ? 'cannot connect' : 'cannot encrypt the connection';
      // Clients are shown this text, and the cause names addresses.
      const text = `${what} (${cause.code ?? cause.name})`;
      reject(new LdapTrouble('unreachable', text, { cause, ...hintFor(cause.code ?? '') }));
    });
    socket.once('close', () => reject(new LdapTrouble('unreachable', 'the connection was closed')));
  });
}

function hintFor(code: string): { readonly hint?: string } {
  if (!/CERT|ISSUER|SIGNATURE/.test(code)) return {};
  const key = 'torii.authentication.ldap.tls.ca.file';
  return {
    hint: `${key} has to hold who signed the server's certificate, and the certificate has to name the host of the URL.`,
  };
}
