import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const running = new Set<ChildProcess>();

/** A program of this folder in a process of its own, which tells and is told by messages. It ends with this process. */
export class ChildProgram {
  readonly #name: string;
  readonly #child: ChildProcess;
  #messages: unknown[] = [];
  #wake: (() => void) | undefined;
  #failure: Error | undefined;

  constructor(file: string, args: readonly string[]) {
    this.#name = file;
    this.#child = fork(join(import.meta.dirname, file), args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    running.add(this.#child);
    this.#child
      .on('message', (message: unknown) => {
        this.#messages.push(message);
        this.#wake?.();
      })
      .on('exit', (code, signal) => {
        running.delete(this.#child);
        this.#failure = new Error(`${this.#name} ended with ${signal ?? code}`);
        this.#wake?.();
      });
  }

  tell(message: object): void {
    this.#child.send(message);
  }

  /** The next message that it sent. */
  async next(): Promise<unknown> {
    while (this.#messages.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#messages.shift();
  }

  async stop(): Promise<void> {
    if (this.#failure !== undefined) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exit;
  }
}

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
