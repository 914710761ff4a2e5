import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** The address of this host from which packets to the target would go; undefined where there is no way. Sends none. */
export async function sourceAddress(target: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(target) ? 'udp6' : 'udp4');
  try {
    socket.connect(9, target); // the port for what is thrown away
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}
