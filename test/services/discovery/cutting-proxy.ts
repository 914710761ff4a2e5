import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands before a server and cuts its connections in the worst moments. */
export class CuttingProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #servers = new Set<Socket>();
  readonly #server: Server;
  #repliesUntilCut = 0;
  #isOpen = true;
  port = 0;

  constructor(target: number) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  get addresses(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    this.port = address === null || typeof address === 'string' ? 0 : address.port;
  }

  /** What the server answers the `nth` time from now is never seen: the connection ends instead. */
  loseReply(nth: number): void {
    this.#repliesUntilCut = nth;
  }

  /** The server's answers wait here, while what it is told goes on to it. */
  holdReplies(): void {
    for (const socket of this.#servers) socket.pause();
  }

  releaseReplies(): void {
    for (const socket of this.#servers) socket.resume();
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Accepts and ends every connection, while it is closed. */
  close(): void {
    this.#isOpen = false;
    this.cut();
  }

  open(): void {
    this.#isOpen = true;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(client: Socket): void {
    if (!this.#isOpen) {
      client.destroy();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    this.#servers.add(server);
    server.on('close', () => this.#servers.delete(server));
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => {
      if (this.#repliesUntilCut > 0) {
        this.#repliesUntilCut -= 1;
        if (this.#repliesUntilCut === 0) {
          client.destroy();
          return;
        }
      }
      client.write(chunk);
    });
  }
}
