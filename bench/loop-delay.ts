import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { BenchContext } from './part.ts';

const delaysSchema = z.object({
  p99Ms: z.number(),
  maxMs: z.number(),
  /** The most that it worked itself between two timers. */
  busyMs: z.number(),
});
/** How much later than due the event loop came to its timers: it was at work, or others had the processor. */
export type LoopDelays = z.infer<typeof delaysSchema>;

const limitMs = 10_000;

/** Watches the event loop of a gateway. */
export class LoopDelay {
  readonly #file: string;

  /** `dir`: where that process can write. */
  constructor(dir: string) {
    this.#file = join(dir, 'loop-delays.json');
  }

  /** For starting the gateway that is watched. */
  watching(context: BenchContext): BenchContext {
    const module = pathToFileURL(join(import.meta.dirname, 'loop-delay-reporter.ts'));
    module.searchParams.set('file', this.#file);
    const given = context.gatewayNodeOptions ?? '';
    return { ...context, gatewayNodeOptions: `${given} --import=${module.href}`.trimStart() };
  }

  /** What was seen since the last time. */
  async take(pid: number): Promise<LoopDelays> {
    rmSync(this.#file, { force: true });
    process.kill(pid, 'SIGUSR2');
    const until = performance.now() + limitMs;
    while (!existsSync(this.#file)) {
      if (performance.now() > until) throw new Error('the process told nothing of its event loop');
      await sleep(10);
    }
    return delaysSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
  }
}
