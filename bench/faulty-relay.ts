import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of a connection to a server that has trouble. */
export type Fault = 'none' | 'slow' | 'down' | 'flapping';

/** Answers come so much later from a slow server. */
export const slowMs = 2_000;
/** All connections of a flapping server are closed so often. */
export const flapEveryMs = 200;

/** Stands before a server on 127.0.0.1, and can have faults. */
export class FaultyRelay {
  readonly #target: number;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly port: number;
  #fault: Fault = 'none';
  #flapping: NodeJS.Timeout | undefined;

  static async start(target: number): Promise<FaultyRelay> {
    const server = createServer({ noDelay: true });
    await listen(server, 0);
    return new FaultyRelay(server, target);
  }

  private constructor(server: Server, target: number) {
    this.#target = target;
    this.#server = server.on('connection', (socket) => this.#serve(socket));
    this.port = (server.address() as AddressInfo).port; // it listens on TCP
  }

  /** From now on. Connections that are open stay so, except where the server is down. */
  async have(fault: Fault): Promise<void> {
    clearInterval(this.#flapping);
    const wasDown = this.#fault === 'down';
    this.#fault = fault;
    if (fault === 'flapping') this.#flapping = setInterval(() => this.#closeAll(), flapEveryMs);
    if (fault === 'down' && !wasDown) await this.#stopListening();
    if (fault !== 'down' && wasDown) await listen(this.#server, this.port);
  }

  async stop(): Promise<void> {
    clearInterval(this.#flapping);
    if (this.#fault !== 'down') await this.#stopListening();
  }

  async #stopListening(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.#closeAll();
    await closed;
  }

  #closeAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  #serve(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    this.#open.add(client);
    client.on('close', () => {
      this.#open.delete(client);
      server.destroy();
    });
    server.on('close', () => client.destroy());
    client.on('error', () => server.destroy()).pipe(server);
    server
      .on('error', () => client.destroy())
      .on('data', (bytes: Buffer) => {
        if (this.#fault === 'slow') setTimeout(() => client.write(bytes), slowMs);
        else client.write(bytes);
      });
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
