// Readers in a thread of their own, told by messages what to do all at once: their work must not hold up whoever measures.
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { SlowReader } from './slow-reader.ts';

const orderSchema = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('execute'),
    port: z.number(),
    user: z.string(),
    readers: z.number(),
    rows: z.number(),
    partitions: z.number(),
  }),
  z.object({ order: z.literal('readSlowly'), bytesPerSecond: z.number(), seconds: z.number() }),
  z.object({ order: z.literal('readToTheEnd') }),
  z.object({ order: z.literal('close') }),
]);
export type SlowReaderOrder = z.infer<typeof orderSchema>;

let readers: SlowReader[] = [];

parentPort?.on('message', (message) => {
  carryOut(orderSchema.parse(message))
    .then((rows) => parentPort?.postMessage({ rows }))
    .catch((error: unknown) => parentPort?.postMessage({ failure: String(error) }));
});

/** The rows that each reader has read, where the order was to read them all. */
async function carryOut(order: SlowReaderOrder): Promise<number[]> {
  switch (order.order) {
    case 'execute': {
      const { port, user, rows, partitions } = order;
      const opening = Array.from({ length: order.readers }, () => SlowReader.open(port, user));
      readers = await Promise.all(opening);
      await Promise.all(readers.map((reader) => reader.execute(rows, partitions)));
      return [];
    }
    case 'readSlowly': {
      const { bytesPerSecond, seconds } = order;
      await Promise.all(readers.map((reader) => reader.readSlowly(bytesPerSecond, seconds)));
      return [];
    }
    case 'readToTheEnd':
      return await Promise.all(readers.map((reader) => reader.readToTheEnd()));
    case 'close':
      await Promise.all(readers.map((reader) => reader.close()));
      return [];
  }
}
