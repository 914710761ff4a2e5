// Clients that open sessions and then say nothing: one process of several, told by messages what to do.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { checkInfo, getInfoFrame, openRawSession, type RawSession } from './raw-session.ts';

const atOnce = 20;
const orderSchema = z.discriminatedUnion('order', [
  z.object({ order: z.literal('open'), sessions: z.number() }),
  /** A call on every session shows that it is still there. */
  z.object({ order: z.literal('ask') }),
]);

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    user: { type: 'string' },
    'source-address': { type: 'string' },
  },
});
const address = {
  port: Number(values.port),
  user: values.user ?? 'bench',
  localAddress: values['source-address'] ?? '127.0.0.1',
};
const sessions: RawSession[] = [];

process.on('message', (message) => {
  carryOut(orderSchema.parse(message))
    .then(() => process.send?.({ done: sessions.length }))
    .catch((error: unknown) => {
      process.stderr.write(`idle clients: ${String(error)}\n`);
      process.exit(1);
    });
});
process.on('disconnect', () => process.exit());

async function carryOut(order: z.infer<typeof orderSchema>): Promise<void> {
  switch (order.order) {
    case 'open': {
      let left = order.sessions;
      await side(async () => {
        if (left-- <= 0) return false;
        const session = await openRawSession(address);
        await ask(session); // the engine's side is there too
        sessions.push(session);
        return true;
      });
      return;
    }
    case 'ask': {
      let next = 0;
      await side(async () => {
        const session = sessions[next++];
        if (session === undefined) return false;
        await ask(session);
        return true;
      });
    }
  }
}

/** Works side by side until each worker has found nothing to do. */
async function side(work: () => Promise<boolean>): Promise<void> {
  const worker = async (): Promise<void> => {
    while (await work());
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function ask(session: RawSession): Promise<void> {
  checkInfo(await session.connection.exchange(getInfoFrame(session)));
}
