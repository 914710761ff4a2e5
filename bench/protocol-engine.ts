// An engine that speaks the protocol and does nothing: what is measured through it is the gateway. It holds 10,000
// connections cheaply, lets everybody in, registers in ZooKeeper as a Spark engine does, and ends when its parent does.
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { createClient, CreateMode } from 'node-zookeeper-client';
import { FrameReader } from '../src/wire/frame-reader.ts';
import { NegotiationReader, negotiationMessage, saslStatus } from '../src/wire/sasl-negotiation.ts';
import { cannedReply } from './canned-replies.ts';

const frameLimitBytes = 1 << 20;

const { values } = parseArgs({
  options: { zookeeper: { type: 'string' }, space: { type: 'string', multiple: true } },
});
const { zookeeper = '', space: spaces = [] } = values;

const server = createServer({ noDelay: true }, serve);
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => {
  const { port } = server.address() as AddressInfo; // it listens on TCP
  register(port)
    .then(() => process.send?.({ event: 'ready', port }))
    .catch((error: unknown) => {
      process.stderr.write(`protocol engine: ${String(error)}\n`);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit());

function serve(socket: Socket): void {
  const negotiation = new NegotiationReader(frameLimitBytes);
  const negotiate = (chunk: Buffer): void => {
    negotiation.push(chunk);
    for (let message = negotiation.next(); message !== undefined; message = negotiation.next()) {
      if (message.status === saslStatus.start) continue;
      socket.off('data', negotiate);
      const frames = new FrameReader(frameLimitBytes);
      const answer = (bytes: Buffer): void => {
        for (const frame of frames.push(bytes)) socket.write(cannedReply(frame));
      };
      socket.on('data', answer);
      socket.write(negotiationMessage(saslStatus.complete, ''));
      const rest = negotiation.rest();
      if (rest.length > 0) answer(rest);
      return;
    }
  };
  socket.on('data', negotiate).on('error', () => socket.destroy());
}

/** A node for each user that it serves, in the form of kyuubi-contract 2.2. */
async function register(port: number): Promise<void> {
  const client = createClient(zookeeper, { sessionTimeout: 60_000 });
  const connected = new Promise<void>((resolve) => client.once('connected', resolve));
  client.connect();
  await connected;
  for (const space of spaces) {
    const name = `serverUri=127.0.0.1:${port};version=0;kyuubi.engine.id=protocol;refId=${randomUUID()};sequence=`;
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown): void =>
        reject(new Error('ZooKeeper refused the node', { cause }));
      client.mkdirp(space, (failed) => {
        if (failed) return fail(failed);
        const data = Buffer.from(`127.0.0.1:${port}`);
        client.create(`${space}/${name}`, data, CreateMode.EPHEMERAL_SEQUENTIAL, (error) =>
          error ? fail(error) : resolve(),
        );
      });
    });
  }
}
