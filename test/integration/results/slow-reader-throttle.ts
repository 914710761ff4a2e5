import type { Socket } from 'node:net';

/** Lets a socket be read no faster than it is told to. What it does not read waits in the kernel and at the sender. */
export class Throttle {
  readonly #socket: Socket;
  #bytesPerSecond = Infinity;
  #sinceMs = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket
      .on('data', (chunk: Buffer) => {
        this.#bytes += chunk.length;
        this.#pauseIfAhead();
      })
      .on('close', () => clearTimeout(this.#timer));
  }

  /** From now on; 0 reads nothing more, Infinity all that comes. */
  set bytesPerSecond(rate: number) {
    this.#bytesPerSecond = rate;
    this.#sinceMs = performance.now();
    this.#bytes = 0;
    clearTimeout(this.#timer);
    if (rate === 0) this.#socket.pause();
    else this.#socket.resume();
  }

  #pauseIfAhead(): void {
    const aheadMs = this.#sinceMs + (1000 * this.#bytes) / this.#bytesPerSecond - performance.now();
    if (!(aheadMs > 0)) return;
    this.#socket.pause();
    clearTimeout(this.#timer);
    if (this.#bytesPerSecond === 0) return;
    this.#timer = setTimeout(() => this.#socket.resume(), aheadMs);
  }
}
