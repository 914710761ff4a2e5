import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes bytes on to the same port of 127.0.0.1, or to another one, and knows its connections. */
export class Relay {
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #accepted = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      this.#accepted += 1;
      this.#clients.add(client);
      const server = connect(target, '127.0.0.1');
      client.on('close', () => this.#clients.delete(client) && server.destroy());
      server.on('close', () => client.destroy());
      client.on('error', () => server.destroy()).pipe(server);
      server.on('error', () => client.destroy()).pipe(client);
    });
  }

  /** Listens on `port` of `host`, for the server on `target`. */
  static async start(host: string, port: number, target = port): Promise<Relay & { port: number }> {
    const relay = new Relay(target);
    return Object.assign(relay, { port: await listen(relay.#server, host, port) });
  }

  /** Connections that are open now. */
  get open(): number {
    return this.#clients.size;
  }

  /** Connections that there ever were. */
  get accepted(): number {
    return this.#accepted;
  }

  stop(): void {
    this.#server.close();
    for (const client of this.#clients) client.destroy();
  }
}

/** The port that it listens on then. */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
}
