import { z } from 'zod';
import { ChildProgram } from './child-program.ts';

/** A process that sends as much as a result, in replies of the same size, and does nothing for it. */
export interface LoopbackSender {
  readonly port: number;
  stop(): Promise<void>;
}

const readySchema = z.object({ event: z.literal('ready'), port: z.number() });

export async function startLoopbackSender(size: {
  readonly rows: number;
  readonly replyRows: number;
  readonly replyBytes: number;
}): Promise<LoopbackSender> {
  const child = new ChildProgram('loopback-rows.ts', [
    ...['--rows', String(size.rows), '--reply-rows', String(size.replyRows)],
    ...['--reply-bytes', String(size.replyBytes)],
  ]);
  const { port } = readySchema.parse(await child.next());
  return { port, stop: () => child.stop() };
}
